/** A trigger's kernel, its environment variables and its memory, between the form's texts and what the API takes. */
import { ITrigger, ITriggerBody } from '../../api/triggers';
import { environmentLines, memoryText } from '../../parts/environment';

/** The form's fields of it. */
export interface IEnvironmentDraft {
  /** A kernelspec; '' for the notebook's own. */
  kernel: string;
  /** A line for each: NAME=value, or NAME from VARIABLE of the project. */
  env: string;
  /** A size such as 2 GiB; '' for no limit. */
  memory: string;
}

export const NO_ENVIRONMENT: IEnvironmentDraft = { kernel: '', env: '', memory: '' };

const FROM = /^\s*([^\s=]+)\s+from\s+(\S+)\s*$/;

type Environment = NonNullable<ITriggerBody['env']>;

/** The form's fields for a trigger. */
export function environmentDraft(trigger: ITrigger): IEnvironmentDraft {
  return {
    kernel: trigger.kernel_name ?? '',
    env: environmentLines(trigger.env),
    memory: memoryText(trigger.memory)
  };
}

/** The fields as the API takes them. A line without a value is sent as it is: the server says what is wrong. */
export function asEnvironment({
  kernel,
  env,
  memory
}: IEnvironmentDraft): Required<Pick<ITriggerBody, 'kernel_name' | 'env' | 'memory'>> {
  const found: Environment = {};
  for (const line of env.split('\n').filter(line => line.trim() !== '')) {
    const [, name, variable] = FROM.exec(line) ?? [];
    const equals = line.indexOf('=');
    if (name !== undefined) {
      found[name] = { variable };
    } else {
      found[(equals < 0 ? line : line.slice(0, equals)).trim()] =
        equals < 0 ? '' : line.slice(equals + 1).trim();
    }
  }
  return { kernel_name: kernel.trim() || null, env: found, memory: memory.trim() || null };
}
