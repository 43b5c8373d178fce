package dev.backplane.shell.command;

import dev.backplane.api.shell.Signature;
import java.util.ArrayList;
import java.util.List;

/** The help of one command as text. */
public final class HelpPage {

    private static final int INDENT = 4;

    private HelpPage() {
    }

    /** Usage, description, parameters, options and examples. */
    public static String of(Signature signature) {
        List<String> lines = new ArrayList<>();
        lines.add(signature.fullName() + " - " + signature.summary());
        lines.add("");
        lines.add("  " + signature.usage());
        List<String[]> terms = new ArrayList<>();
        signature.parameters().forEach(p -> terms.add(new String[] {p.name(), p.description()}));
        signature.options().forEach(o -> terms.add(new String[] {o.usage(), o.description()}));
        if (!terms.isEmpty()) {
            lines.add("");
            int width = terms.stream().mapToInt(term -> term[0].length()).max().orElse(0);
            terms.forEach(term -> lines.add(" ".repeat(INDENT) + term[0] + " ".repeat(width - term[0].length() + 2)
                    + term[1]));
        }
        if (!signature.notes().isEmpty()) {
            lines.add("");
            signature.notes().forEach(note -> lines.add("  " + note));
        }
        lines.add("");
        lines.add(signature.examples().size() == 1 ? "  Example:" : "  Examples:");
        signature.examples().forEach(example -> lines.add(" ".repeat(INDENT) + example));
        return String.join("\n", lines);
    }
}
