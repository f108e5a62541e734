import type { NamedTarget, TenantSnapshot } from '../catalog/tenant-snapshot.ts';
import { visibleServerInfo } from '../catalog/visibility.ts';
import { isJsonObject, objectMember, stringMember, type JsonObject } from '../kernel/json.ts';
import { toolFields } from '../search/tool-fields.ts';
import type { IndexedTool } from '../search/tool-index.ts';
import type { ToolExamples } from './tool-learning.ts';

const SERVICE_TEXT_CHARACTERS = 300;
const ENUM_VALUES_MAX = 20;

/** A tool of a view as an index finds it. */
export function catalogTool(
  { live, name, definition }: NamedTarget,
  view: TenantSnapshot,
  { fresh, old }: ToolExamples = { fresh: [], old: [] },
): IndexedTool {
  const { slug, title } = live.service;
  const parameters = parametersOf(definition);
  const annotations = objectMember(definition, 'annotations') ?? {};
  const reads = annotations['readOnlyHint'];
  return {
    name,
    service: slug,
    parameters: parameters.map((parameter) => parameter.name),
    fields: toolFields({
      name,
      title: stringMember(definition, 'title') ?? '',
      service: `${slug} ${title}`,
      serviceDescription: serviceText(view, live),
      description: stringMember(definition, 'description') ?? '',
      parameters,
      examples: fresh,
      olderExamples: old,
    }),
    ...(typeof reads === 'boolean' ? { does: reads ? 'read' : 'change' } : {}),
  };
}

/** What a service says of itself, unless it may name what is hidden in this view. */
function serviceText(view: TenantSnapshot, live: NamedTarget['live']): string {
  const info = visibleServerInfo(live, view.visibility) ?? {};
  const said = view.visibility.isWhole(live) ? (live.discovery?.instructions ?? '') : '';
  const text = `${stringMember(info, 'title') ?? ''} ${stringMember(info, 'description') ?? ''}`;
  return `${text} ${said}`.slice(0, SERVICE_TEXT_CHARACTERS);
}

function parametersOf(
  definition: JsonObject,
): readonly { readonly name: string; readonly description: string }[] {
  const schema = objectMember(definition, 'inputSchema') ?? {};
  return Object.entries(objectMember(schema, 'properties') ?? {}).map(([name, property]) => {
    if (!isJsonObject(property)) return { name, description: '' };
    const description = stringMember(property, 'description') ?? '';
    const values = property['enum'];
    const listed = Array.isArray(values) ? values.slice(0, ENUM_VALUES_MAX) : [];
    const words = listed.filter((value) => typeof value === 'string').join(' ');
    return { name, description: `${description} ${words}` };
  });
}

/** The names of the parameters that a tool must be given. */
export function requiredOf(definition: JsonObject): readonly string[] {
  const required = objectMember(definition, 'inputSchema')?.['required'];
  return Array.isArray(required) ? required.filter((name) => typeof name === 'string') : [];
}
