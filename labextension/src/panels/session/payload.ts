/** What is typed as a signal's payload. */
import { parseJson } from '../../api/json';

/** What is sent for what was typed: JSON, or else the text itself; nothing for nothing. */
export function payloadOf(typed: string): unknown {
  const text = typed.trim();
  if (text === '') {
    return null;
  }
  try {
    return parseJson(text);
  } catch {
    return text;
  }
}
