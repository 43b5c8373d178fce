package dev.backplane.api.shell;

import java.util.List;
import java.util.Optional;

/**
 * What a command is and takes.
 *
 * @param scope      the scope it is in, for instance {@code vm}: lower-case letters and digits
 * @param name       its name in that scope: lower-case letters, digits and dashes
 * @param summary    one line for people, without a full stop
 * @param parameters by position
 * @param options    by name
 * @param notes      lines of explanation, may be empty
 * @param examples   lines that can be typed as they are
 */
public record Signature(String scope, String name, String summary, List<Parameter> parameters, List<Option> options,
        List<String> notes, List<String> examples) {

    private static final int MOST_OPTIONS_IN_USAGE = 3;

    /** Copies the lists. */
    public Signature {
        parameters = List.copyOf(parameters);
        options = List.copyOf(options);
        notes = List.copyOf(notes);
        examples = List.copyOf(examples);
    }

    /** A command of scope {@code vm}, which need not be typed. */
    public Signature(String name, String summary, List<Parameter> parameters, List<Option> options,
            List<String> notes, List<String> examples) {
        this("vm", name, summary, parameters, options, notes, examples);
    }

    /** Scope and name: {@code vm:add}. */
    public String fullName() {
        return scope + ":" + name;
    }

    /** The option of that name, without dashes. */
    public Optional<Option> option(String wanted) {
        return options.stream().filter(option -> option.name().equals(wanted)).findFirst();
    }

    /** The parameter that the word at this position belongs to, counted from 0 without options. */
    public Optional<Parameter> parameter(int position) {
        if (position < parameters.size()) {
            return Optional.of(parameters.get(position));
        }
        return parameters.isEmpty() || parameters.getLast().arity() != Parameter.Arity.MANY
                ? Optional.empty() : Optional.of(parameters.getLast());
    }

    /** The first line of help: {@code vm:add NAME TYPE [KEY=VALUE...] [--id ID]}. */
    public String usage() {
        StringBuilder text = new StringBuilder(fullName());
        parameters.forEach(parameter -> text.append(' ').append(parameter.usage()));
        if (options.size() > MOST_OPTIONS_IN_USAGE) {
            text.append(" [OPTION...]");
        } else {
            options.forEach(option -> text.append(" [").append(option.usage()).append(']'));
        }
        return text.toString();
    }
}
