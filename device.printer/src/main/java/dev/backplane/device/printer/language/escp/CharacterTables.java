package dev.backplane.device.printer.language.escp;

import java.util.Optional;

import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;
import dev.backplane.device.printer.language.CodePage;

/** Which characters the bytes are: four tables, one of them active, and an international set over it. */
final class CharacterTables {
    private static final String REPLACED = "#$@[\\]^`{|}~";
    /** By the number of ESC R. */
    private static final String[] INTERNATIONAL = {REPLACED, "#$\u00E0\u00B0\u00E7\u00A7^`\u00E9\u00F9\u00E8\u00A8",
        "#$\u00A7\u00C4\u00D6\u00DC^`\u00E4\u00F6\u00FC\u00DF", "\u00A3$@[\\]^`{|}~",
        "#$@\u00C6\u00D8\u00C5^`\u00E6\u00F8\u00E5~",
        "#\u00A4\u00C9\u00C4\u00D6\u00C5\u00DC\u00E9\u00E4\u00F6\u00E5\u00FC",
        "#$@\u00B0\\\u00E9^\u00F9\u00E0\u00F2\u00E8\u00EC", "\u20A7$@\u00A1\u00D1\u00BF^`\u00A8\u00F1}~",
        "#$@[\u00A5]^`{|}~", "#\u00A4\u00C9\u00C6\u00D8\u00C5\u00DC\u00E9\u00E6\u00F8\u00E5\u00FC",
        "#$\u00C9\u00C6\u00D8\u00C5\u00DC\u00E9\u00E6\u00F8\u00E5\u00FC",
        "#$\u00E1\u00A1\u00D1\u00BF\u00E9`\u00ED\u00F1\u00F3\u00FA",
        "#$\u00E1\u00A1\u00D1\u00BF\u00E9\u00FC\u00ED\u00F1\u00F3\u00FA"};
    /** By the first number of ESC ( t; the second one is 0. */
    private static final String[] ASSIGNABLE = {null, "cp437", null, "cp850", null, null, "cp855", "cp860", "cp863",
        "cp865", "cp852", "cp857", "cp862", "cp864", "cp866", null, null, null, "cp437", null, null, null, null, null,
        "cp861", null, null, null, null, "latin1", null, "cp858"};

    private final CodePage initial;
    private final CodePage[] tables = new CodePage[4];
    private int active;
    private int country;

    CharacterTables(CodePage initial) {
        this.initial = initial;
        reset();
    }

    void reset() {
        for (int i = 0; i < tables.length; i++) {
            tables[i] = initial;
        }
        active = 0;
        country = 0;
    }

    char character(int value) {
        if (country != 0) {
            int at = REPLACED.indexOf(value);
            if (at >= 0) {
                return INTERNATIONAL[country].charAt(at);
            }
        }
        return tables[active].character(value);
    }

    /** ESC t, as a number or a digit. */
    boolean select(int value) {
        int table = value >= '0' ? value - '0' : value;
        if (table >= tables.length) {
            return false;
        }
        active = table;
        return true;
    }

    /** ESC ( t. */
    boolean assign(int table, int number, int variant) {
        int to = table >= '0' ? table - '0' : table;
        String name = variant == 0 && number < ASSIGNABLE.length ? ASSIGNABLE[number] : null;
        Optional<CodePage> page = name == null ? Optional.empty() : CodePage.of(name);
        if (to >= tables.length || page.isEmpty()) {
            return false;
        }
        tables[to] = page.get();
        return true;
    }

    /** ESC R. */
    boolean country(int value) {
        if (value >= INTERNATIONAL.length) {
            return false;
        }
        country = value;
        return true;
    }

    void save(StateWriter out) {
        out.putInt("active", active).putInt("country", country);
        for (int i = 0; i < tables.length; i++) {
            out.putString("table-" + i, tables[i].name());
        }
    }

    void restore(StateReader in) throws StateException {
        active = in.getInt("active", 0, tables.length - 1);
        country = in.getInt("country", 0, INTERNATIONAL.length - 1);
        for (int i = 0; i < tables.length; i++) {
            String name = in.getString("table-" + i);
            tables[i] = CodePage.of(name).orElseThrow(() -> new StateException("code page " + name + " is unknown"));
        }
    }
}
