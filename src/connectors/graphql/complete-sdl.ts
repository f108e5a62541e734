import {
  Kind,
  specifiedScalarTypes,
  visit,
  type DefinitionNode,
  type DocumentNode,
  type NamedTypeNode,
  type TypeNode,
} from 'graphql';

/** A document that stands for itself, and what was missing in it. */
export interface CompleteSdl {
  readonly document: DocumentNode;
  /** Types that are used and defined nowhere: scalars, as far as anybody can tell. */
  readonly scalars: readonly string[];
}

/** What an extension becomes where it is all there is of a type. */
const DEFINITIONS: Readonly<Record<string, string>> = {
  [Kind.OBJECT_TYPE_EXTENSION]: Kind.OBJECT_TYPE_DEFINITION,
  [Kind.INTERFACE_TYPE_EXTENSION]: Kind.INTERFACE_TYPE_DEFINITION,
  [Kind.UNION_TYPE_EXTENSION]: Kind.UNION_TYPE_DEFINITION,
  [Kind.ENUM_TYPE_EXTENSION]: Kind.ENUM_TYPE_DEFINITION,
  [Kind.INPUT_OBJECT_TYPE_EXTENSION]: Kind.INPUT_OBJECT_TYPE_DEFINITION,
  [Kind.SCALAR_TYPE_EXTENSION]: Kind.SCALAR_TYPE_DEFINITION,
};

/**
 * Completes SDL that leans on its server: AppSync and Federation use scalars that they define
 * themselves, and a part of a larger graph only extends types. The first extension of a type that
 * nobody defines becomes its definition, a type that nobody defines becomes a scalar.
 */
export function completeSdl(sdl: DocumentNode): CompleteSdl {
  const defined = new Set(sdl.definitions.flatMap((each) => (isType(each) ? [nameOf(each)] : [])));
  const definitions = sdl.definitions.map((each): DefinitionNode => {
    const kind = DEFINITIONS[each.kind];
    if (kind === undefined || defined.has(nameOf(each))) return each;
    defined.add(nameOf(each));
    return { ...each, kind } as DefinitionNode;
  });
  for (const { name } of specifiedScalarTypes) defined.add(name);
  const scalars = new Set<string>();
  const note = ({ type }: { readonly type: TypeNode }): void => {
    const name = namedType(type);
    if (!defined.has(name)) scalars.add(name);
  };
  const known = (list: readonly NamedTypeNode[] | undefined): readonly NamedTypeNode[] =>
    (list ?? []).filter(({ name }) => defined.has(name.value));
  // A scalar can be no interface and no member of a union: those are left out.
  const document = visit<DocumentNode>(
    { ...sdl, definitions },
    {
      FieldDefinition: note,
      InputValueDefinition: note,
      ObjectTypeDefinition: (node) => ({ ...node, interfaces: known(node.interfaces) }),
      ObjectTypeExtension: (node) => ({ ...node, interfaces: known(node.interfaces) }),
      InterfaceTypeDefinition: (node) => ({ ...node, interfaces: known(node.interfaces) }),
      UnionTypeDefinition: (node) => ({ ...node, types: known(node.types) }),
      UnionTypeExtension: (node) => ({ ...node, types: known(node.types) }),
    },
  );
  const added = [...scalars].map((name): DefinitionNode => ({
    kind: Kind.SCALAR_TYPE_DEFINITION,
    name: { kind: Kind.NAME, value: name },
  }));
  return {
    document: { ...document, definitions: [...document.definitions, ...added] },
    scalars: [...scalars],
  };
}

const isType = ({ kind }: DefinitionNode): boolean => /^\w+TypeDefinition$/.test(kind);

const nameOf = (node: DefinitionNode): string =>
  'name' in node && node.name !== undefined ? node.name.value : '';

function namedType(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type);
}
