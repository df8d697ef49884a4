import { userInfo } from "node:os";

/** Who calls the command, for the audit log. A command that runs in another process of this user has the same name. */
export function actorOf(): string {
  try {
    return `${userInfo().username} (command line)`;
  } catch {
    return "command line";
  }
}
