/** For statements over the whole fleet: compiling them costs more than it saves, and a sort on disk or a row at a time most. */
export const SET_WISE = "SET LOCAL jit = off; SET LOCAL work_mem = '128MB'; SET LOCAL enable_nestloop = off";
