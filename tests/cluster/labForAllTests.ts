/** Mocha's global fixture: one lab for all files, which is removed at the end unless somebody works with it. */
import { Lab } from "./lab";

let wasUp = false;

export async function mochaGlobalSetup(): Promise<void> {
    wasUp = await Lab.isUp();
}

export async function mochaGlobalTeardown(): Promise<void> {
    if (!wasUp) await Lab.close();
}
