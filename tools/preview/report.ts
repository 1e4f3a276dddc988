/** The whole text for one stack: what was compared, what is wrong, and the review. */
import { checkManifests, type Violation } from "../../policy/check";
import { fence, plain, toMarkdown } from "./markdown";
import type { Problem } from "./pulumiPreview";
import { review } from "./review";
import { compareWithGolden, previewByEngine, whyNoEngine, type Context } from "./sources";

export interface Report {
    readonly text: string;
    /** True where the engine, the program or a mandatory policy refuses the change. */
    readonly hasFailed: boolean;
}

/** Reviews a stack by the engine where there is one, and by golden manifests otherwise or where a base is named. */
export async function reportOn(stack: string, base: string | undefined, context: Context): Promise<Report> {
    const title = `# Stack ${plain(stack)}`;
    const reason = base === undefined ? await whyNoEngine(stack, context) : "--base names a commit";
    if (reason === undefined) {
        const preview = await previewByEngine(stack, context);
        const hasObjects = preview.before.length + preview.after.length > 0;
        const parts = [
            title,
            "Compared: the stack's state with what the program says now, by pulumi preview with the policy pack.",
            ...problemSections(preview.problems),
            ...(preview.hasFailed
                ? [`The preview failed${hasObjects ? ", so what follows may be incomplete" : ""}.`]
                : []),
            ...(preview.hasFailed && !hasObjects ? [] : [toMarkdown(review(preview.before, preview.after, preview))]),
            ...(preview.notes.length === 0 ? [] : [preview.notes.map((note) => `- ${plain(note)}`).join("\n")]),
        ];
        return { text: join(parts), hasFailed: preview.hasFailed };
    }
    const golden = await compareWithGolden(stack, base, context);
    const problems = checkManifests(golden.after).map(problemOfViolation);
    return {
        text: join([
            title,
            plain(`Without an engine, as ${reason}. ${golden.description}`) +
                " The policy pack has judged that; what a cluster would object to does not show here.",
            ...problemSections(problems),
            toMarkdown(review(golden.before, golden.after)),
        ]),
        hasFailed: problems.some(({ severity }) => severity === "error"),
    };
}

const problemOfViolation = ({ policy, resource, message, enforcementLevel }: Violation): Problem => ({
    severity: enforcementLevel === "mandatory" ? "error" : "warning",
    resource,
    policy,
    message,
});

/** Errors first: nothing else matters until they are mended. */
function problemSections(problems: readonly Problem[]): readonly string[] {
    return (["error", "warning"] as const).flatMap((severity) => {
        const found = problems.filter((problem) => problem.severity === severity);
        if (found.length === 0) return [];
        const title = severity === "error" ? "Errors" : "Warnings";
        return [[`## ${title}`, ...found.map(problemText)].join("\n\n")];
    });
}

function problemText({ resource, policy, message }: Problem): string {
    const head = [policy === undefined ? "" : `Policy ${policy}`, resource ?? ""]
        .filter((text) => text !== "")
        .join(", ");
    const isShort = !message.includes("\n") && message.length <= 300;
    if (isShort) return `- ${head === "" ? "" : `${plain(head)}: `}${plain(message)}`;
    return [`- ${head === "" ? "Message:" : `${plain(head)}:`}`, "", fence("text", [message])].join("\n");
}

function join(parts: readonly string[]): string {
    return `${parts.map((part) => part.trimEnd()).join("\n\n")}\n`;
}
