package dev.backplane.device.printer.language.pcl;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;

import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;
import dev.backplane.device.printer.engine.Language;
import dev.backplane.device.printer.engine.Press;
import dev.backplane.device.printer.language.CodePage;

/**
 * PCL: cuts the bytes into characters, control codes, two-character and parameterized sequences (chapter 2 of the
 * reference), follows macros, and steps over PJL. Threading: under the device's lock.
 */
public final class Pcl implements Language {
    private static final int ESC = 0x1B;
    private static final int LONGEST_DATA = 32_767;
    private static final int LONGEST_NUMBER = 12;
    /** One macro may call others; what they may bring together in one call. */
    private static final long MOST_MACRO_BYTES = 4 << 20;
    private static final byte[] EXIT = {'%', '-', '1', '2', '3', '4', '5', 'X'};

    /** What the next byte is. */
    private enum Expect {
        TEXT, ESCAPE, GROUP, PARAMETER, DATA, PJL, HPGL
    }

    private final Press press;
    private final Commands commands;
    private final Macros macros = new Macros();
    private Expect expect = Expect.TEXT;
    private int parameterized;
    private int group;
    private final StringBuilder number = new StringBuilder();
    /** The letter that ends the parameter whose data come in. */
    private int dataCommand;
    private int dataLeft;
    private boolean chainGoesOn;
    private final ByteArrayOutputStream data = new ByteArrayOutputStream();
    private final StringBuilder line = new StringBuilder();
    /** Bytes of the current sequence, for the end of a macro's definition. */
    private int sequenceLength;
    private int depth;
    private long macroBytes;

    public Pcl(Press press, CodePage codePage) {
        this.press = press;
        commands = new Commands(press, codePage);
    }

    @Override
    public String name() {
        return "pcl";
    }

    @Override
    public void reset() {
        commands.reset();
        macros.reset();
        expect = Expect.TEXT;
        number.setLength(0);
        data.reset();
        line.setLength(0);
    }

    @Override
    public void endOfJob() {
        reset();
    }

    @Override
    public void accept(int value) {
        if (macros.isDefining && !macros.add(value)) {
            press.bounded();
        }
        sequenceLength = expect == Expect.TEXT ? 1 : sequenceLength + 1;
        switch (expect) {
            case TEXT -> text(value);
            case ESCAPE -> escape(value);
            case GROUP -> {
                group = value;
                if (value >= '`' && value <= '~') {
                    number.setLength(0);
                    expect = Expect.PARAMETER;
                } else {
                    group = 0;
                    number.setLength(0);
                    expect = Expect.PARAMETER;
                    parameter(value);
                }
            }
            case PARAMETER -> parameter(value);
            case DATA -> {
                if (data.size() < LONGEST_DATA) {
                    data.write(value);
                }
                if (--dataLeft == 0) {
                    dataComplete();
                }
            }
            case PJL -> pjl(value);
            case HPGL -> hpgl(value);
        }
    }

    private void text(int value) {
        if (value == ESC) {
            expect = Expect.ESCAPE;
        } else if (!macros.isDefining) {
            commands.text(value);
        }
    }

    private void escape(int value) {
        expect = Expect.TEXT;
        if (value >= '!' && value <= '/') {
            parameterized = value;
            expect = Expect.GROUP;
        } else if (value == 'E') {
            press.eject(false);
            reset();
        } else if (!macros.isDefining) {
            commands.twoCharacters(value);
        }
    }

    private void parameter(int value) {
        if (value >= '0' && value <= '9' || value == '+' || value == '-' || value == '.') {
            if (number.length() < LONGEST_NUMBER) {
                number.append((char) value);
            }
        } else if (value >= '@' && value <= '~') {
            boolean last = value <= '^';
            chainGoesOn = !last;
            complete(last ? value : value - 32);
        } else {
            press.unknown();
            expect = Expect.TEXT;
            if (value == ESC) {
                expect = Expect.ESCAPE;
            }
        }
    }

    private void complete(int letter) {
        double amount = amount();
        boolean relative = number.length() > 0 && (number.charAt(0) == '+' || number.charAt(0) == '-');
        number.setLength(0);
        expect = chainGoesOn ? Expect.PARAMETER : Expect.TEXT;
        if (parameterized == '%') {
            language(letter, (int) amount);
        } else if (takesData(letter)) {
            dataCommand = letter;
            dataLeft = (int) Math.clamp(amount, 0, LONGEST_DATA);
            data.reset();
            if (dataLeft > 0) {
                expect = Expect.DATA;
            } else {
                dataComplete();
            }
        } else if (parameterized == '&' && group == 'f') {
            macro(letter, (int) amount);
        } else if (!macros.isDefining) {
            commands.run(parameterized, group, letter, amount, relative);
        }
    }

    private double amount() {
        try {
            return number.length() == 0 ? 0 : Math.clamp(Double.parseDouble(number.toString()), -1e6, 1e6);
        } catch (NumberFormatException e) {
            press.unknown();
            return 0;
        }
    }

    private boolean takesData(int letter) {
        return switch (letter) {
            case 'W' -> parameterized == '*' || parameterized == ')' || parameterized == '('
                || parameterized == '&' && group == 'b';
            case 'V' -> parameterized == '*' && group == 'b';
            case 'X' -> parameterized == '&' && group == 'p';
            default -> false;
        };
    }

    private void dataComplete() {
        expect = chainGoesOn ? Expect.PARAMETER : Expect.TEXT;
        byte[] bytes = data.toByteArray();
        data.reset();
        if (!macros.isDefining) {
            commands.data(parameterized, group, dataCommand, bytes);
        }
    }

    private void language(int letter, int value) {
        if (letter == 'X' && value == -12345) {
            expect = Expect.PJL;
            line.setLength(0);
            macros.reset();
            press.eject(false);
            commands.reset();
        } else if (letter == 'B') {
            press.unknown();
            expect = Expect.HPGL;
            line.setLength(0);
        }
    }

    /** PJL lines begin with @PJL; the first thing that does not is PCL again. */
    private void pjl(int value) {
        if (line.isEmpty() && (value == '\r' || value == '\n')) {
            return;
        }
        if (line.length() < 4 && value != "@PJL".charAt(line.length())) {
            String seen = line.toString();
            line.setLength(0);
            expect = Expect.TEXT;
            for (int i = 0; i < seen.length(); i++) {
                text(seen.charAt(i));
            }
            if (seen.isEmpty() && value == ESC) {
                expect = Expect.ESCAPE;
            } else {
                text(value);
            }
            return;
        }
        if (value == '\n') {
            boolean over = line.toString().startsWith("@PJL EOJ");
            line.setLength(0);
            if (over) {
                press.endJob();
            }
        } else if (line.length() < 1000) {
            line.append((char) value);
        }
    }

    /** HP-GL/2 is not printed; it ends with ESC % 0 A or with ESC E. */
    private void hpgl(int value) {
        if (value == ESC) {
            line.setLength(0);
            line.append('!');
        } else if (!line.isEmpty() && line.length() < EXIT.length + 1) {
            line.append((char) value);
            String seen = line.substring(1);
            if (seen.equals("E")) {
                expect = Expect.TEXT;
                press.eject(false);
                reset();
            } else if (seen.matches("%[01]A")) {
                expect = Expect.TEXT;
            } else if (seen.equals("%-12345X")) {
                parameterized = '%';
                language('X', -12345);
            }
        }
    }

    private void macro(int letter, int value) {
        if (letter == 'Y') {
            macros.id = value;
        } else if (letter == 'S') {
            if (!macros.isDefining) {
                commands.cursor(value);
            }
        } else if (letter == 'X') {
            switch (value) {
                case 0 -> macros.begin();
                case 1 -> macros.end(sequenceLength);
                case 2, 3, 4 -> call();
                case 6, 7 -> macros.deleteAll();
                case 8 -> macros.delete(macros.id);
                default -> {
                }
            }
        }
    }

    private void call() {
        byte[] body = macros.get();
        if (body == null || macros.isDefining) {
            return;
        }
        if (depth >= Macros.DEEPEST || macroBytes + body.length > MOST_MACRO_BYTES) {
            press.bounded();
            return;
        }
        Expect after = expect;
        boolean goesOn = chainGoesOn;
        int outerParameterized = parameterized;
        int outerGroup = group;
        expect = Expect.TEXT;
        depth++;
        macroBytes += body.length;
        for (byte b : body) {
            accept(b & 0xFF);
        }
        depth--;
        macroBytes = depth == 0 ? 0 : macroBytes;
        expect = after;
        chainGoesOn = goesOn;
        parameterized = outerParameterized;
        group = outerGroup;
        number.setLength(0);
    }

    @Override
    public void save(StateWriter out) {
        out.putString("expect", expect.name()).putInt("parameterized", parameterized).putInt("group", group)
            .putString("number", number.toString()).putInt("data-command", dataCommand).putInt("data-left", dataLeft)
            .putBoolean("chain", chainGoesOn).putBytes("data", data.toByteArray()).putString("line", line.toString())
            .putInt("sequence", sequenceLength);
        commands.save(out.section("commands"));
        macros.save(out.section("macros"));
    }

    @Override
    public void restore(StateReader in) throws StateException {
        String text = in.getString("expect");
        expect = Arrays.stream(Expect.values()).filter(e -> e.name().equals(text)).findFirst()
            .orElseThrow(() -> new StateException("expect is " + text + "; that is nothing to expect"));
        parameterized = in.getInt("parameterized", 0, 255);
        group = in.getInt("group", 0, 255);
        number.append(in.getString("number"));
        dataCommand = in.getInt("data-command", 0, 255);
        dataLeft = in.getInt("data-left", expect == Expect.DATA ? 1 : 0, LONGEST_DATA);
        chainGoesOn = in.getBoolean("chain");
        data.writeBytes(in.getBytes("data"));
        line.append(in.getString("line"));
        sequenceLength = in.getInt("sequence", 0, Integer.MAX_VALUE);
        if (number.length() > LONGEST_NUMBER || data.size() > LONGEST_DATA || line.length() > 1000) {
            throw new StateException("a sequence of " + (number.length() + data.size() + line.length())
                + " bytes is too long");
        }
        commands.restore(in.section("commands"));
        macros.restore(in.section("macros"));
    }
}
