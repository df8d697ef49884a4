/** Room for `length` more entries than there are: a copy of twice the size, entries kept. */
export function grown<Column extends Uint8Array | Int16Array | Uint16Array | Uint32Array | Float64Array>(
  column: Column,
  length: number,
): Column {
  const bytes = length * column.BYTES_PER_ELEMENT;
  const buffer = (column.buffer as ArrayBuffer).transfer(bytes);
  return new (column.constructor as new (buffer: ArrayBuffer) => Column)(buffer);
}
