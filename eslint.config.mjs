import eslint from "@eslint/js";
import pulumi from "@pulumi/eslint-plugin";
import tseslint from "typescript-eslint";

export default tseslint.config(
    { ignores: ["node_modules/", "**/*.mjs", "**/*.cjs"] },
    eslint.configs.recommended,
    ...tseslint.configs.strictTypeChecked,
    ...tseslint.configs.stylisticTypeChecked,
    {
        languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
        plugins: { "@pulumi": pulumi },
        rules: {
            // An Output in a template string renders as an error text inside the manifest.
            "@pulumi/no-output-in-template-literal": "error",
            "@pulumi/no-output-instance-in-template-literal": "error",
            eqeqeq: "error",
            // A component registers itself in its constructor: `new X()` is a statement in Pulumi programs.
            "no-new": "off",
            "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
            "@typescript-eslint/no-unnecessary-condition": "error",
            "@typescript-eslint/switch-exhaustiveness-check": "error",
            // An underscore says that a place is taken up by what nobody needs.
            "@typescript-eslint/no-unused-vars": [
                "error",
                { argsIgnorePattern: "^_+$", varsIgnorePattern: "^_+$", destructuredArrayIgnorePattern: "^_+$" },
            ],
        },
    },
    {
        files: ["tests/**/*.ts"],
        rules: {
            // chai's assertions are property reads, and mocha's hooks are not awaited by us.
            "@typescript-eslint/no-unused-expressions": "off",
            "@typescript-eslint/no-non-null-assertion": "off",
        },
    },
);
