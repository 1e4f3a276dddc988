import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { parse, stringify } from "yaml";

import { rules } from "../../settings/rules";
import { project } from "../../settings/project";
import { refusalOf } from "./realPath";
import { refusedFiles, type RefusedFile } from "./refusedFiles";

/** Values in the files that stand for secrets; a message with one of them would end up in a pipeline's log. */
const secretValues = ["hunter2", "4711", "Y2lwaGVydGV4dA=="];

type MutableRule = { -readonly [K in keyof (typeof rules)[number]]: (typeof rules)[number][K] };
const mutableRules = rules as MutableRule[];

const messageOf = async ({ text }: RefusedFile): Promise<string> => {
    const error = await refusalOf(text);
    return error instanceof Error ? error.message : "accepted";
};

/** Names of the files in which a rule finds something, rule by rule. */
async function filesByRule(files: readonly RefusedFile[]): Promise<ReadonlyMap<MutableRule, readonly RefusedFile[]>> {
    const found = new Map<MutableRule, RefusedFile[]>(mutableRules.map((rule) => [rule, []]));
    const originals = mutableRules.map((rule) => rule.check);
    let current: RefusedFile | undefined;
    mutableRules.forEach((rule, i) => {
        rule.check = (input) => {
            const problems = originals[i]!(input);
            if (problems.length > 0 && current !== undefined) found.get(rule)!.push(current);
            return problems;
        };
    });
    try {
        for (const file of files) {
            current = file;
            await messageOf(file);
        }
    } finally {
        mutableRules.forEach((rule, i) => (rule.check = originals[i]!));
    }
    return found;
}

describe("refused stack files", () => {
    const files = refusedFiles();

    it("are at least 80", () => {
        expect(files.length).to.be.at.least(80);
    });

    for (const file of files) {
        it(`${file.name} is refused with the message at its start`, async () => {
            const error = await refusalOf(file.text);
            expect(error, "accepted").to.not.equal(undefined);
            expect(pulumi.RunError.isInstance(error), `not a RunError: ${String(error)}`).to.equal(true);
            const { message } = error as Error;
            expect(message).to.equal(file.expected);
            expect(message, "has a stack frame in it").to.not.match(/^\s*at /m);
            for (const secret of secretValues) expect(message, "repeats a secret").to.not.include(secret);
            // eslint-disable-next-line no-control-regex -- nothing but line breaks may steer a terminal
            expect(message.replaceAll("\n", "")).to.not.match(/[\u0000-\u001f\u007f-\u009f]/);
        });
    }

    it("name one problem each, but for those that show many at once", () => {
        const surprising = files.filter(({ name, expected }) => {
            const problems = expected.split("\n").length - 1;
            return /^(several|thousand)-/.test(name) ? problems < 1 : problems !== 1;
        });
        expect(surprising.map(({ name }) => name)).to.deep.equal([]);
        expect(files.filter(({ name }) => name.startsWith("several-")).length).to.be.at.least(5);
    });

    it("are accepted once the keys that the message names are gone, so that each fails for its own reason", async () => {
        const still: string[] = [];
        for (const file of files) {
            // Its message names the first 50 of a thousand.
            if (/ {2}- and \d+ more$/.test(file.expected)) continue;
            // Without the key web, the namespace web is the default that the controller's collides with.
            if (file.name === "several-beside-an-encrypted-section.yaml") continue;
            let { text, expected: message } = file;
            // One fault can hide another that has a message of its own afterwards, and some keys cannot go alone.
            for (let round = 1; round <= 3 && message !== "accepted"; round++) {
                const goesOn =
                    round === 1 ||
                    file.name.startsWith("several-") ||
                    /: is missing\.|: not found, and with kind |, which serves no Ingress, without /.test(message);
                if (!goesOn) break;
                text = withoutNamedKeys(text, message);
                message = await messageOf({ ...file, text });
            }
            if (message !== "accepted") still.push(`${file.name}: ${message}`);
        }
        expect(still).to.deep.equal([]);
    });

    it("hit every rule, and each rule is the one reason of the files that it hits", async () => {
        const names = mutableRules.map(({ name }) => name);
        expect([...new Set(names)], "each has a name of its own").to.deep.equal(names);
        const found = await filesByRule(files);
        const idle = [...found].filter(([, hit]) => hit.length === 0).map(([{ name }]) => name);
        expect(idle, "rules that no file hits").to.deep.equal([]);

        const replaceable: string[] = [];
        for (const [rule, hit] of found) {
            const { check } = rule;
            rule.check = () => [];
            try {
                for (const file of hit) {
                    if ((await messageOf(file)) === file.expected) replaceable.push(`${rule.name}: ${file.name}`);
                }
            } finally {
                rule.check = check;
            }
        }
        expect(replaceable, "rules that could go without a test noticing").to.deep.equal([]);
    });
});

// --- Taking the named keys out of a stack file -----------------------------------------------------------------------

type Container = Record<PropertyKey, unknown>;

const isContainer = (value: unknown): value is Container => typeof value === "object" && value !== null;

function withoutNamedKeys(text: string, message: string): string {
    const { config } = parse(text) as { config: Container };
    for (const line of message.split("\n").slice(1)) {
        const path = new RegExp(`^ {2}- ${project}:(.*?): (?:found |is |has |unknown |not |stands |looks )`).exec(
            line,
        )?.[1];
        if (path === undefined) throw new Error(`No path in: ${line}`);
        const misplaced = /: found as (\S+), which nothing reads/.exec(line)?.[1];
        if (misplaced !== undefined) {
            Reflect.deleteProperty(config, misplaced);
        } else if (Object.hasOwn(config, `${project}:${path}`)) {
            Reflect.deleteProperty(config, `${project}:${path}`);
        } else {
            const [root = "", ...rest] = keysOf(path);
            removeNearest(config, [`${project}:${root}`, ...rest]);
        }
    }
    return stringify({ config });
}

/** The keys of a path as messages write it; of a very long key only its start. */
function keysOf(path: string): readonly (string | number)[] {
    const key = /(?:^|\.)([\w-]+)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")(?:\.\.\. \(\d+ characters\))?\]/g;
    return [...path.matchAll(key)].map(([, plain, index, quotedKey]) =>
        quotedKey !== undefined ? (JSON.parse(quotedKey) as string) : index !== undefined ? Number(index) : plain!,
    );
}

/** Removes what is at the path, or the nearest parent there is where the key is missing. */
function removeNearest(container: Container, [key, ...rest]: readonly (string | number)[]): boolean {
    if (key === undefined) return false;
    const actual = Array.isArray(container)
        ? key
        : Object.keys(container).find(
              (each) => each === key || (String(key).length >= 100 && each.startsWith(String(key))),
          );
    if (actual === undefined || !Object.hasOwn(container, actual)) return false;
    const child = container[actual];
    if (rest.length > 0 && isContainer(child) && removeNearest(child, rest)) return true;
    if (Array.isArray(container)) container.splice(Number(actual), 1);
    else Reflect.deleteProperty(container, actual);
    return true;
}
