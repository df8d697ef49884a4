/** Loaded with `--import` before a command: says at its end what the most memory was that it held. */
process.on("exit", () => {
  process.stderr.write(`\npeak-rss-kib ${process.resourceUsage().maxRSS}\n`);
});
