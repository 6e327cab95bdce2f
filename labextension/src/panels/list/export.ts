/** A list as a file to download: CSV for a spreadsheet, JSON for a program. */

/** A column's name, and its value in a row. */
export type Column<T> = readonly [string, (row: T) => string | number | boolean | null | undefined];

/** RFC 4180, with a header line. */
export function csv<T>(rows: readonly T[], columns: readonly Column<T>[]): string {
  const lines = [
    columns.map(([name]) => name),
    ...rows.map(row => columns.map(([, of]) => of(row)))
  ];
  return lines.map(line => line.map(field).join(',') + '\r\n').join('');
}

function field(value: string | number | boolean | null | undefined): string {
  if (typeof value !== 'string') {
    return value === null || value === undefined ? '' : String(value);
  }
  // A spreadsheet would run a text that begins like a formula, and a stranger may have sent it.
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}

/** Let the browser save a text as a file. */
export function save(text: string, name: string, type: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
