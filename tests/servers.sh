#!/usr/bin/env bash
# Runs a command with a throw-away PostgreSQL and a throw-away Redis, and removes both afterwards:
#
#     tests/servers.sh npx vitest run
#
# The command finds them in POOLWISE_TEST_POSTGRES_URL and POOLWISE_TEST_REDIS_URL. The program named in
# POOLWISE_TEST_POSTGRES_CTL stops ("stop", at once, as a crash would) and starts ("start") the PostgreSQL.
# Options of the server itself, such as "-c shared_buffers=2GB", are taken from POOLWISE_TEST_POSTGRES_OPTIONS.
# Needs the Debian packages postgresql (15 or later) and redis-server, and no rights beyond those of the user;
# run by root, PostgreSQL runs as the user postgres, since it refuses root.
set -euo pipefail

if [ $# -eq 0 ]; then
  sed -n '2,10s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi

postgres_bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1 || true)
[ -n "$postgres_bin" ] || postgres_bin=$(dirname "$(command -v initdb || echo /missing/initdb)")
for program in "$postgres_bin/initdb" "$(command -v redis-server || echo redis-server)"; do
  if ! [ -x "$program" ]; then
    echo "tests/servers.sh: $program is not there. Install both: apt-get install -y postgresql redis-server" >&2
    exit 2
  fi
done

free_port() {
  node -e 'const s = require("node:net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'
}

folder=$(mktemp -d "${TMPDIR:-/tmp}/poolwise-servers.XXXXXX")
postgres_port=$(free_port)
redis_port=$(free_port)
as_owner=()
if [ "$(id -u)" = 0 ]; then
  as_owner=(runuser -u postgres --)
  chown postgres "$folder"
fi

cat > "$folder/postgres-ctl" <<CTL
#!/usr/bin/env bash
set -euo pipefail
case "\$1" in
  start) ${as_owner[*]} "$postgres_bin/pg_ctl" -D "$folder/postgres" -l "$folder/postgres.log" -w -t 60 \\
    -o "-p $postgres_port -k $folder -c listen_addresses=127.0.0.1 -c max_connections=60 ${POOLWISE_TEST_POSTGRES_OPTIONS:-}" start >/dev/null ;;
  stop) ${as_owner[*]} "$postgres_bin/pg_ctl" -D "$folder/postgres" -m immediate -w stop >/dev/null ;;
  *) echo "usage: postgres-ctl start|stop" >&2; exit 2 ;;
esac
CTL
chmod +x "$folder/postgres-ctl"

redis_pid=
stop_servers() {
  [ -z "$redis_pid" ] || kill "$redis_pid" 2>/dev/null || true
  (cd / && "$folder/postgres-ctl" stop) 2>/dev/null || true
  rm -rf "$folder"
}
trap stop_servers EXIT
trap 'exit 130' INT TERM

(cd / && "${as_owner[@]}" "$postgres_bin/initdb" -D "$folder/postgres" -U poolwise -A trust -E UTF8 --locale=C.UTF-8 >/dev/null)
(cd / && "$folder/postgres-ctl" start)
redis-server --port "$redis_port" --bind 127.0.0.1 --save '' --appendonly no --dir "$folder" >"$folder/redis.log" 2>&1 &
redis_pid=$!

export POOLWISE_TEST_POSTGRES_URL="postgres://poolwise@127.0.0.1:$postgres_port/postgres"
export POOLWISE_TEST_POSTGRES_CTL="$folder/postgres-ctl"
export POOLWISE_TEST_REDIS_URL="redis://127.0.0.1:$redis_port"
"$@"
