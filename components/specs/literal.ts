/** Kubernetes expands $(NAME) and $$ in environments and commands. So escaped, a text arrives as it is. */
export function literal(text: string): string {
    return text.replaceAll("$", "$$$$");
}
