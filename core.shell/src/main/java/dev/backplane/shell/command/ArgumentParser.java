package dev.backplane.shell.command;

import dev.backplane.api.shell.CommandException;
import dev.backplane.api.shell.Option;
import dev.backplane.api.shell.Parameter;
import dev.backplane.api.shell.Signature;
import dev.backplane.shell.text.Suggestions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Sorts the words of a command line by a signature. */
public final class ArgumentParser {

    private final Signature signature;
    private final List<String> parameters = new ArrayList<>();
    private final Map<String, List<String>> options = new LinkedHashMap<>();

    private ArgumentParser(Signature signature) {
        this.signature = signature;
    }

    /**
     * The words sorted. {@code --} ends the options.
     *
     * @throws CommandException if an option is unknown (names the nearest), lacks its value or is given twice, or if
     *                          there are too few or too many parameters
     */
    public static Arguments parse(Signature signature, List<String> words) throws CommandException {
        ArgumentParser parser = new ArgumentParser(signature);
        parser.sort(words);
        parser.checkParameters();
        return new Arguments(List.copyOf(parser.parameters), Map.copyOf(parser.options));
    }

    private void sort(List<String> words) throws CommandException {
        int i = 0;
        while (i < words.size()) {
            String word = words.get(i++);
            if (word.equals("--")) {
                parameters.addAll(words.subList(i, words.size()));
                return;
            }
            if (!isOption(word)) {
                parameters.add(word);
                continue;
            }
            int equals = word.indexOf('=');
            Option option = find(equals < 0 ? word : word.substring(0, equals));
            if (option.isFlag()) {
                if (equals >= 0) {
                    throw new CommandException("--" + option.name() + " takes no value");
                }
                put(option, "");
            } else if (equals >= 0) {
                put(option, word.substring(equals + 1));
            } else if (i < words.size()) {
                put(option, words.get(i++));
            } else {
                throw new CommandException("--" + option.name() + " needs a value: " + option.usage());
            }
        }
    }

    /** A lone dash and negative numbers are values. */
    private static boolean isOption(String word) {
        return word.length() > 1 && word.charAt(0) == '-' && !Character.isDigit(word.charAt(1));
    }

    private Option find(String word) throws CommandException {
        String name = word.startsWith("--") ? word.substring(2) : word.substring(1);
        if (word.startsWith("--") && signature.option(name).isPresent()) {
            return signature.option(name).get();
        }
        List<String> known = signature.options().stream().map(option -> "--" + option.name()).toList();
        String hint = known.isEmpty() ? "; it has no options" : Suggestions.hint("--" + name, known);
        throw new CommandException("unknown option " + word + hint);
    }

    private void put(Option option, String value) throws CommandException {
        List<String> values = options.computeIfAbsent(option.name(), name -> new ArrayList<>());
        if (!values.isEmpty() && !option.repeatable()) {
            throw new CommandException("--" + option.name() + " is given twice");
        }
        values.add(value);
    }

    private void checkParameters() throws CommandException {
        List<Parameter> declared = signature.parameters();
        long required = declared.stream().filter(p -> p.arity() == Parameter.Arity.REQUIRED).count();
        if (parameters.size() < required) {
            throw new CommandException(declared.get(parameters.size()).name() + " is missing: " + signature.usage());
        }
        if (signature.parameter(Math.max(0, parameters.size() - 1)).isEmpty() && !parameters.isEmpty()) {
            throw new CommandException("\"" + parameters.get(declared.size()) + "\" is one word too many: "
                    + signature.usage());
        }
    }
}
