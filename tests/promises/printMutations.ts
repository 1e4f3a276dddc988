/** `npm run mutation`: a table of what is broken and what notices. */
import { judgeMutations } from "./mutations";

async function main(): Promise<void> {
    const verdicts = await judgeMutations();
    for (const { mutation, promises, policies } of verdicts) {
        console.log(mutation);
        for (const name of promises) console.log(`    test    ${name}`);
        for (const name of policies) console.log(`    policy  ${name}`);
    }
    const unnoticed = verdicts.filter(({ promises, policies }) => promises.length + policies.length === 0);
    const byPolicy = verdicts.filter(({ policies }) => policies.length > 0);
    console.log(
        `\n${verdicts.length} mutations, ${unnoticed.length} unnoticed, ${byPolicy.length} noticed by a policy too`,
    );
    process.exitCode = unnoticed.length === 0 ? 0 : 1;
}

void main();
