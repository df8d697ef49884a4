import { databaseContract } from "../../ports/database-contract.ts";
import { openPglite } from "./open-pglite.ts";

databaseContract("PGlite in memory", () => openPglite({ folder: undefined, purpose: "test" }));
