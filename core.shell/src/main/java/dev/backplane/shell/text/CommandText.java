package dev.backplane.shell.text;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Predicate;

/**
 * A Gogo command line seen from outside Gogo.
 *
 * <p>Gogo reads <code>[0-9a-f]{64}</code> as a list and a closure, and <code>loss=5%</code> as a calculation. To the
 * commands of a machine shell such a word is always text, so it is quoted before Gogo sees the line.
 */
public final class CommandText {

    private static final String SEPARATORS = ";|&\n";

    private final String source;
    private final Predicate<String> takesText;
    private final StringBuilder result = new StringBuilder();
    private final Deque<Statement> open = new ArrayDeque<>();
    private Statement statement = new Statement();
    private int at;

    private CommandText(String source, Predicate<String> takesText) {
        this.source = source;
        this.takesText = takesText;
    }

    /**
     * The line with those words quoted that the given commands want as text.
     *
     * @param line      one or more Gogo statements
     * @param takesText whether the command of this name takes brackets and braces as text
     */
    public static String protect(String line, Predicate<String> takesText) {
        CommandText text = new CommandText(line, takesText);
        text.scan();
        return text.result.toString();
    }

    /**
     * The words of the statement that the line ends in, without their quotes; the last one is "" after a blank. For
     * completion.
     */
    public static List<String> lastStatement(String line) {
        CommandText text = new CommandText(line, name -> false);
        text.scan();
        List<String> words = new ArrayList<>(text.statement.words.stream().map(CommandText::unquoted).toList());
        boolean betweenWords = line.isEmpty() || Character.isWhitespace(line.charAt(line.length() - 1))
                || text.statement.words.isEmpty();
        if (betweenWords) {
            words.add("");
        }
        return words;
    }

    private void scan() {
        while (at < source.length()) {
            char c = source.charAt(at);
            if (SEPARATORS.indexOf(c) >= 0) {
                statement = new Statement();
                copy();
            } else if (Character.isWhitespace(c)) {
                copy();
            } else if (c == '#') {
                skipComment();
            } else if (c == '(' || c == '{' && isBlank(at + 1)) {
                open.push(statement);
                statement = new Statement();
                copy();
            } else if (c == ')' || c == '}') {
                statement = open.isEmpty() ? new Statement() : open.pop();
                copy();
            } else {
                word();
            }
        }
    }

    private void word() {
        int start = at;
        List<int[]> bare = new ArrayList<>();
        while (at < source.length() && !endsWord(source.charAt(at))) {
            char c = source.charAt(at);
            if (c == '"' || c == '\'') {
                skipQuoted(c);
            } else if (c == '\\') {
                at = Math.min(at + 2, source.length());
            } else if (c == '$' && at + 1 < source.length() && "({".indexOf(source.charAt(at + 1)) >= 0) {
                at++;
                skipGroup();
            } else if (c == '$' && isName(at + 1)) {
                at++;
                while (isName(at)) {
                    at++;
                }
            } else {
                int from = at++;
                if (!bare.isEmpty() && bare.getLast()[1] == from) {
                    bare.getLast()[1] = at;
                } else {
                    bare.add(new int[] {from, at});
                }
            }
        }
        emit(start, bare);
    }

    private void emit(int start, List<int[]> bare) {
        String word = source.substring(start, at);
        if (statement.words.size() == 1 && word.equals("=")) {
            statement = new Statement();
            result.append(word);
            return;
        }
        boolean isArgument = !statement.words.isEmpty() && takesText.test(statement.words.getFirst());
        statement.words.add(word);
        if (!isArgument) {
            result.append(word);
            return;
        }
        int from = start;
        for (int[] part : bare) {
            result.append(source, from, part[0]);
            String text = source.substring(part[0], part[1]);
            result.append(isLiteral(text) ? "'" + text + "'" : text);
            from = part[1];
        }
        result.append(source, from, at);
    }

    private static boolean isLiteral(String text) {
        return text.chars().anyMatch(c -> "[]{}%".indexOf(c) >= 0);
    }

    private boolean endsWord(char c) {
        return Character.isWhitespace(c) || SEPARATORS.indexOf(c) >= 0 || c == ')';
    }

    private void skipQuoted(char quote) {
        at++;
        while (at < source.length() && source.charAt(at) != quote) {
            at += quote == '"' && source.charAt(at) == '\\' ? 2 : 1;
        }
        at = Math.min(at + 1, source.length());
    }

    private void skipGroup() {
        int depth = 0;
        while (at < source.length()) {
            char c = source.charAt(at);
            if (c == '"' || c == '\'') {
                skipQuoted(c);
                continue;
            }
            at++;
            if (c == '(' || c == '{') {
                depth++;
            } else if ((c == ')' || c == '}') && --depth == 0) {
                return;
            }
        }
    }

    private void skipComment() {
        while (at < source.length() && source.charAt(at) != '\n') {
            copy();
        }
    }

    private void copy() {
        result.append(source.charAt(at++));
    }

    private boolean isBlank(int index) {
        return index >= source.length() || Character.isWhitespace(source.charAt(index));
    }

    private boolean isName(int index) {
        return index < source.length()
                && (Character.isJavaIdentifierPart(source.charAt(index)) && source.charAt(index) != '$'
                        || source.charAt(index) == '.');
    }

    private static String unquoted(String word) {
        StringBuilder text = new StringBuilder();
        char quote = 0;
        for (int i = 0; i < word.length(); i++) {
            char c = word.charAt(i);
            if (quote == 0 && (c == '"' || c == '\'')) {
                quote = c;
            } else if (c == quote) {
                quote = 0;
            } else if (c == '\\' && quote != '\'' && i + 1 < word.length()) {
                text.append(word.charAt(++i));
            } else {
                text.append(c);
            }
        }
        return text.toString();
    }

    private static final class Statement {
        private final List<String> words = new ArrayList<>();
    }
}
