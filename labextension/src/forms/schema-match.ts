/** Whether a value fits a JSON Schema by its outline: which of several forms is drawn. The server validates answers. */
import { ISchema } from '../api/inquiries';
import { toJson } from '../api/json';

/** True unless type, constant, options, or a needed property contradict it. */
export function fits(schema: ISchema | boolean, value: unknown): boolean {
  if (typeof schema === 'boolean') {
    return schema;
  }
  const { type, enum: options, required, properties } = schema;
  const types = type === undefined ? null : Array.isArray(type) ? type : [type];
  if (types && !types.some(name => isOfType(name, value))) {
    return false;
  }
  if ('const' in schema && toJson(schema.const) !== toJson(value)) {
    return false;
  }
  if (options && !options.some(option => toJson(option) === toJson(value))) {
    return false;
  }
  if (!isObject(value)) {
    return true;
  }
  return (
    (required ?? []).every(name => value[name] !== undefined) &&
    Object.entries(properties ?? {}).every(
      ([name, part]) => value[name] === undefined || fits(part, value[name])
    )
  );
}

/** What JupyterLab's form asks its validator, which finds no errors: the server's are shown. */
export const OUTLINE_VALIDATOR = {
  validateFormData: () => ({ errors: [], errorSchema: {} }),
  toErrorList: () => [],
  isValid: (schema: unknown, value: unknown) => fits(schema as ISchema | boolean, value),
  rawValidation: () => ({ errors: [] }),
  reset: () => undefined
};

function isOfType(type: string, value: unknown): boolean {
  switch (type) {
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isObject(value);
    case 'integer':
      return typeof value === 'bigint' || Number.isInteger(value);
    case 'number':
      return typeof value === 'bigint' || typeof value === 'number';
    default:
      return typeof value === type;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
