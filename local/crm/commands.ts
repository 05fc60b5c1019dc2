import { judgeBreak } from './break-path.ts';
import { readFormat } from './command-context.ts';
import type { CommandContext } from './command-context.ts';
import { printable } from './conditions.ts';
import { customAttributes, withoutProtected } from './custom-attributes.ts';
import { runMetainfo } from './metainfo.ts';
import type { CrmQuirks } from './quirks.ts';
import { runQuery } from './query.ts';
import { Refused } from './refused.ts';
import type { ErrorCode } from './refused.ts';
import { refusal, runWrite } from './write.ts';
import { childElements, element } from './xml-element.ts';
import type { XmlElement } from './xml-element.ts';

/** Decides per command: the context to run it in, or the error that answers it without running it. */
export type Judge = (command: XmlElement) => Omit<CommandContext, 'format'> | Refused;

/**
 * Runs the commands in order and answers `<root><response>`. A failing command stops nothing; a break that fires does,
 * and the commands behind it have no element (dialect 2).
 */
export function runRequest(request: XmlElement, judge: Judge, failedBreak: CrmQuirks['failedBreak'] = 'goesOn'): XmlElement {
  const response = element('response');
  const root = element('root', {}, [response]);
  let refused: Refused | undefined;
  try {
    response.attributes = customAttributes(request.attributes, 'request');
  } catch (cause) {
    refused = asRefused(cause);
  }
  for (const command of childElements(request)) {
    const answer = element(command.name);
    let broken = false;
    try {
      answer.attributes = customAttributes(command.attributes, 'command');
      if (refused !== undefined) throw refused;
      const context = judge(command);
      if (context instanceof Refused) throw context;
      const format = readFormat({ ...request.attributes, ...command.attributes }, context.quirks);
      answer.children = runCommand({ ...context, format }, command, root);
      broken = answer.children.some((child) => typeof child !== 'string' && child.attributes.broken === 'true');
    } catch (cause) {
      const known = asRefused(cause);
      if (Object.keys(answer.attributes).length === 0) answer.attributes = echoOfFailed(command);
      answer.children = [refusal(known)];
      broken = failedBreak === 'stops' && command.name === 'break' && known.code === 500;
    }
    response.children.push(answer);
    if (broken) break;
  }
  return root;
}

/** Every command of the request answers this error; none is run. */
export function refuseRequest(request: XmlElement, code: ErrorCode, text: string): XmlElement {
  return runRequest(request, () => new Refused(code, text));
}

function runCommand(context: CommandContext, command: XmlElement, root: XmlElement): XmlElement[] {
  switch (command.name) {
    case 'query':
      return [runQuery(context, command)];
    case 'import':
    case 'insert':
    case 'update':
    case 'delete':
    case 'match':
      return runWrite(context, command, command.name);
    case 'metainfo':
      return [runMetainfo(context, command)];
    case 'nop':
      return [element('return', { type: 'ok' })];
    case 'break':
      return [element('return', judgeBreak(command.attributes.if ?? '', root) ? { type: 'ok', broken: 'true' } : { type: 'ok' })];
    default:
      throw new Refused(500, `The command ${printable(command.name)} is not modelled.`);
  }
}

function echoOfFailed(command: XmlElement): Record<string, string> {
  return customAttributes(withoutProtected(command.attributes), 'command');
}

function asRefused(cause: unknown): Refused {
  if (cause instanceof Refused) return cause;
  throw cause;
}
