/** The environment of a run's kernel in words: its variables, its memory. */
import { ITrigger } from '../api/triggers';

const MIB = 1024 ** 2;

/** Variables, a line for each: NAME=value, or NAME from VARIABLE of the project. */
export function environmentLines(env: ITrigger['env']): string {
  return Object.entries(env)
    .map(([name, value]) =>
      typeof value === 'string' ? `${name}=${value}` : `${name} from ${value.variable}`
    )
    .join('\n');
}

/** A size in bytes as it may be typed: 2 GiB; '' for none. */
export function memoryText(bytes: number | null): string {
  if (!bytes) {
    return '';
  }
  const [size, unit] =
    bytes % MIB
      ? [bytes, '']
      : bytes % (1024 * MIB)
        ? [bytes / MIB, ' MiB']
        : [bytes / MIB / 1024, ' GiB'];
  return `${size}${unit}`;
}
