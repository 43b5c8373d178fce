package dev.backplane.device.printer.language.pcl;

import dev.backplane.api.page.Page;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;
import dev.backplane.device.printer.language.CodePage;

/** A font as PCL describes it: by its attributes. Threading: under the device's lock. */
final class Type {
    private final CodePage initial;
    CodePage symbols;
    boolean proportional;
    double pitch = 10;
    double height = 12;
    boolean italic;
    int weight;
    int typeface = 3;
    private Page.Font plain;
    private Page.Font underlined;

    Type(CodePage initial) {
        this.initial = initial;
        symbols = initial;
    }

    void reset() {
        symbols = initial;
        proportional = false;
        pitch = 10;
        height = 12;
        italic = false;
        weight = 0;
        typeface = 3;
        changed();
    }

    void changed() {
        plain = null;
        underlined = null;
    }

    /** From one character to the next, in points. */
    double advance() {
        return proportional ? height * 0.6 : 72 / pitch;
    }

    Page.Font font(boolean underline) {
        if (plain == null) {
            plain = make(false);
            underlined = make(true);
        }
        return underline ? underlined : plain;
    }

    private Page.Font make(boolean underline) {
        double stretch = advance() / (height * 0.6);
        return new Page.Font(family(), height, stretch, weight > 0, italic, underline);
    }

    /** Typeface numbers: 3 Courier, 0 line printer, 5 and 4101 Times, 4 and 4148 Univers and their like. */
    private Page.Family family() {
        return switch (typeface) {
            case 5, 4101, 16901, 8, 12, 15, 23, 24, 2 -> proportional ? Page.Family.SERIF : Page.Family.MONOSPACED;
            case 4, 4148, 16602, 6, 52, 4197 -> proportional ? Page.Family.SANS : Page.Family.MONOSPACED;
            default -> Page.Family.MONOSPACED;
        };
    }

    /** A symbol set by its number and letter: {@code 8U}, {@code 10U}, {@code 0N}. */
    boolean symbols(int number, int letter) {
        String name = switch (number + "" + (char) letter) {
            case "8U" -> "hp-roman8";
            case "10U", "11U" -> "cp437";
            case "12U" -> "cp850";
            case "13U" -> "cp858";
            case "17U" -> "cp852";
            case "26U" -> "cp775";
            case "9T" -> "cp857";
            case "3R" -> "cp866";
            case "0N", "0U", "19U" -> number == 19 ? "windows-1252" : "latin1";
            case "2N" -> "latin2";
            case "9N" -> "latin9";
            case "9E" -> "windows-1250";
            case "9R" -> "windows-1251";
            default -> null;
        };
        CodePage page = name == null ? null : name.equals("hp-roman8") ? RomanEight.PAGE
            : CodePage.of(name).orElse(null);
        if (page != null) {
            symbols = page;
        }
        return page != null;
    }

    void save(StateWriter out) {
        out.putString("symbols", symbols.name()).putBoolean("proportional", proportional)
            .putLong("pitch", Double.doubleToLongBits(pitch)).putLong("height", Double.doubleToLongBits(height))
            .putBoolean("italic", italic).putInt("weight", weight).putInt("typeface", typeface);
    }

    void restore(StateReader in) throws StateException {
        String name = in.getString("symbols");
        symbols = name.equals(RomanEight.PAGE.name()) ? RomanEight.PAGE
            : CodePage.of(name).orElseThrow(() -> new StateException("symbol set " + name + " is unknown"));
        proportional = in.getBoolean("proportional");
        pitch = Double.longBitsToDouble(in.getLong("pitch"));
        height = Double.longBitsToDouble(in.getLong("height"));
        if (!(pitch >= 0.5 && pitch <= 100 && height >= 1 && height <= 1000)) {
            throw new StateException("a font of pitch " + pitch + " and height " + height + " is not possible");
        }
        italic = in.getBoolean("italic");
        weight = in.getInt("weight");
        typeface = in.getInt("typeface");
        changed();
    }
}
