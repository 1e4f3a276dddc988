/** The rules about the ingress controller hold for the one beside it: the same checks, in its words. */
import type { Problem, Rule, RuleInput } from "./rule";

const second = "ingressController.alongside";
const inWordsOfSecond = (text: string) => text.replace(/\bingressController(?=\.(?!alongside\b)|$)/g, second);

/** Has a rule that reads something of a controller look at `ingressController.alongside` too. */
export function forEachController(rule: Rule): Rule {
    const ofController = rule.reads.filter((path) => path.startsWith("ingressController"));
    if (rule.isOfFirstController === true || ofController.length === 0) return rule;
    return {
        ...rule,
        reads: [...rule.reads, ...ofController.map(inWordsOfSecond)],
        check: (input) => [...rule.check(input), ...alongside(input).flatMap(rule.check).map(problemAlongside)],
    };
}

function alongside({ settings, isGiven, ...rest }: RuleInput): readonly RuleInput[] {
    const { alongside: other } = settings.ingressController;
    if (other === undefined) return [];
    const input = {
        ...rest,
        settings: { ...settings, ingressController: other },
        isGiven: (path: string) => isGiven(inWordsOfSecond(path)),
    };
    return [input];
}

const problemAlongside = ({ path, message }: Problem): Problem => ({
    path: inWordsOfSecond(path),
    message: inWordsOfSecond(message),
});
