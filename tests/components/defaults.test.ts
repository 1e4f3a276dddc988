/** What the doc of an argument says of its default is what the component does. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";
import ts from "typescript";

import {
    ingressNginxDefaults,
    metricsServerDefaults,
    monitoringDefaults,
    releaseDefaults,
    scheduleDefaults,
    serviceDefaults,
    tlsDefaults,
    traefikDefaults,
    workerDefaults,
} from "../../components/defaults";

const files = ["args", "ingressNginx", "metricsServer", "traefik", "ingressClass"].map((name) => {
    const path = join(__dirname, "../../components", `${name}.ts`);
    return ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest, true);
});
const interfaces = new Map(
    files.flatMap(({ statements }) =>
        statements.filter(ts.isInterfaceDeclaration).map((each) => [each.name.text, each]),
    ),
);

interface Argument {
    readonly path: string;
    readonly isOptional: boolean;
    /** What its doc says; undefined where it says nothing. */
    readonly stated: string | undefined;
    readonly defaultValue: unknown;
}

/** The arguments of an interface, and of those that its members are, where these have their own defaults. */
function argumentsOf(name: string, defaults: unknown, path = name): readonly Argument[] {
    return (interfaces.get(name)?.members ?? ts.factory.createNodeArray<ts.TypeElement>()).flatMap((member) => {
        const key = member.name?.getText() ?? "";
        const tag = ts.getJSDocTags(member).find(({ tagName }) => tagName.text === "default");
        const stated = tag === undefined ? undefined : ts.getTextOfJSDocComment(tag.comment);
        const type = ts.isPropertySignature(member) ? (member.type?.getText() ?? "") : "";
        const inner = type.replace(" | undefined", "");
        const defaultValue = (defaults as Readonly<Record<string, unknown>> | undefined)?.[key];
        return stated === undefined && interfaces.has(inner)
            ? argumentsOf(inner, defaultValue ?? {}, `${path}.${key}`)
            : [{ path: `${path}.${key}`, isOptional: member.questionToken !== undefined, stated, defaultValue }];
    });
}

function jsonOf(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}

/** Every key of the defaults, but for what is a default as a whole. */
const paths = (defaults: object, path: string, known: ReadonlySet<string>): readonly string[] =>
    Object.entries(defaults).flatMap(([key, value]: [string, unknown]) =>
        known.has(`${path}.${key}`) || typeof value !== "object" || value === null
            ? [`${path}.${key}`]
            : paths(value, `${path}.${key}`, known),
    );

const components = {
    PhpWebServiceArgs: serviceDefaults,
    ReleaseArgs: releaseDefaults,
    WorkerArgs: workerDefaults,
    ScheduleArgs: scheduleDefaults,
    TlsArgs: tlsDefaults,
    MonitoringArgs: monitoringDefaults,
    IngressNginxArgs: ingressNginxDefaults,
    MetricsServerArgs: metricsServerDefaults,
    TraefikArgs: traefikDefaults,
    IngressClassArgs: { ingressClassName: serviceDefaults.ingressClassName },
};

describe("the defaults of components", () => {
    for (const [name, defaults] of Object.entries(components)) {
        const all = argumentsOf(name, defaults);

        it(`are stated with the arguments in ${name}`, () => {
            expect(all).to.not.be.empty;
            for (const { path, isOptional, stated, defaultValue } of all) {
                expect(stated !== undefined, `${path} has @default where it may be left out`).to.equal(isOptional);
                // Prose where it follows from something else.
                expect(jsonOf(stated ?? ""), `@default of ${path}`).to.deep.equal(defaultValue);
            }
        });

        it(`are of arguments that ${name} has`, () => {
            const known = new Set(all.map(({ path }) => path));
            expect(paths(defaults, name, known).filter((path) => !known.has(path))).to.deep.equal([]);
        });
    }
});
