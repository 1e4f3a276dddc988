/** What is to be undone when a command ends, however it ends. */
import { told } from "./until";

export class Cleanup {
    private readonly works: { readonly what: string; readonly work: () => Promise<void> }[] = [];

    /**
     * Remembers it.
     *
     * @param what for the message where it fails: "uncordon the node"
     * @returns what does it now, once
     */
    add(what: string, work: () => Promise<void>): () => Promise<void> {
        const entry = { what, work };
        this.works.push(entry);
        return async () => {
            const index = this.works.indexOf(entry);
            if (index === -1) return;
            this.works.splice(index, 1);
            await work();
        };
    }

    /**
     * Does the rest, the last first. Goes on where one fails; returns what failed, in words.
     *
     * @param say told of what takes long
     */
    async run(say: (line: string) => void = () => undefined): Promise<readonly string[]> {
        const failures: string[] = [];
        for (let entry = this.works.pop(); entry !== undefined; entry = this.works.pop()) {
            try {
                await told(entry.work(), () => `this: ${entry.what}`, say);
            } catch (error) {
                failures.push(`${entry.what}: ${error instanceof Error ? error.message : String(error)}`);
            }
        }
        return failures;
    }
}
