/** How far a file has been read. `totalBytes` is undefined where the size is not known beforehand. */
export interface ReadProgress {
  readonly name: string;
  readonly bytesRead: number;
  readonly totalBytes: number | undefined;
}
