import { databaseContract } from "../../ports/database-contract.ts";
import { describeOnPostgres, openTestPostgres } from "../store/test-postgres.ts";

describeOnPostgres("PostgreSQL", () => {
  databaseContract("PostgreSQL through a pool", () => openTestPostgres());
});
