package dev.backplane.shell.debug;

import java.util.List;

/** The target description of gdb (GDB manual, appendix G): which registers there are. */
final class TargetDescription {
    /** A bit of a register that gdb shows by name: a name, and its number. */
    private record Bit(String name, int number) {
    }

    private static final List<Bit> EFLAGS = List.of(new Bit("CF", 0), new Bit("", 1), new Bit("PF", 2),
        new Bit("AF", 4), new Bit("ZF", 6), new Bit("SF", 7), new Bit("TF", 8), new Bit("IF", 9), new Bit("DF", 10),
        new Bit("OF", 11), new Bit("NT", 14), new Bit("RF", 16), new Bit("VM", 17), new Bit("AC", 18),
        new Bit("VIF", 19), new Bit("VIP", 20), new Bit("ID", 21));
    private static final List<Bit> MXCSR = List.of(new Bit("IE", 0), new Bit("DE", 1), new Bit("ZE", 2),
        new Bit("OE", 3), new Bit("UE", 4), new Bit("PE", 5), new Bit("DAZ", 6), new Bit("IM", 7), new Bit("DM", 8),
        new Bit("ZM", 9), new Bit("OM", 10), new Bit("UM", 11), new Bit("PM", 12), new Bit("FZ", 15));
    private static final List<Bit> CR0 = List.of(new Bit("PE", 0), new Bit("MP", 1), new Bit("EM", 2),
        new Bit("TS", 3), new Bit("ET", 4), new Bit("NE", 5), new Bit("WP", 16), new Bit("AM", 18),
        new Bit("NW", 29), new Bit("CD", 30), new Bit("PG", 31));
    private static final List<Bit> CR4 = List.of(new Bit("VME", 0), new Bit("PVI", 1), new Bit("TSD", 2),
        new Bit("DE", 3), new Bit("PSE", 4), new Bit("PAE", 5), new Bit("MCE", 6), new Bit("PGE", 7),
        new Bit("PCE", 8), new Bit("OSFXSR", 9), new Bit("OSXMMEXCPT", 10), new Bit("UMIP", 11), new Bit("LA57", 12),
        new Bit("FSGSBASE", 16), new Bit("PCIDE", 17), new Bit("OSXSAVE", 18), new Bit("SMEP", 20),
        new Bit("SMAP", 21));
    private static final List<Bit> EFER = List.of(new Bit("SCE", 0), new Bit("LME", 8), new Bit("LMA", 10),
        new Bit("NXE", 11));

    private TargetDescription() {
    }

    /** As XML. */
    static String of(RegisterFile registers) {
        StringBuilder x = new StringBuilder("<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\">"
            + "<target version=\"1.0\"><architecture>i386:x86-64</architecture>");
        String feature = "";
        for (Register r : registers.all()) {
            if (!r.feature().equals(feature)) {
                x.append(feature.isEmpty() ? "" : "</feature>");
                feature = r.feature();
                x.append("<feature name=\"").append(feature).append("\">");
                types(x, feature);
            }
            x.append("<reg name=\"").append(r.name()).append("\" bitsize=\"").append(r.bits()).append("\" type=\"")
                .append(r.type()).append('"');
            if (r.group() != null) {
                x.append(" group=\"").append(r.group()).append('"');
            }
            x.append("/>");
        }
        return x.append("</feature></target>").toString();
    }

    private static void types(StringBuilder x, String feature) {
        switch (feature) {
            case RegisterFile.CORE -> flags(x, "i386_eflags", 4, EFLAGS);
            case RegisterFile.SSE -> {
                vector(x, "v4f", "ieee_single", 4);
                vector(x, "v2d", "ieee_double", 2);
                vector(x, "v16i8", "int8", 16);
                vector(x, "v8i16", "int16", 8);
                vector(x, "v4i32", "int32", 4);
                vector(x, "v2i64", "int64", 2);
                x.append("<union id=\"vec128\"><field name=\"v4_float\" type=\"v4f\"/>"
                    + "<field name=\"v2_double\" type=\"v2d\"/><field name=\"v16_int8\" type=\"v16i8\"/>"
                    + "<field name=\"v8_int16\" type=\"v8i16\"/><field name=\"v4_int32\" type=\"v4i32\"/>"
                    + "<field name=\"v2_int64\" type=\"v2i64\"/><field name=\"uint128\" type=\"uint128\"/></union>");
                flags(x, "i386_mxcsr", 4, MXCSR);
            }
            case RegisterFile.SYSTEM -> {
                flags(x, "x64_cr0", 8, CR0);
                flags(x, "x64_cr4", 8, CR4);
                flags(x, "x64_efer", 8, EFER);
            }
            default -> { }
        }
    }

    private static void vector(StringBuilder x, String id, String type, int count) {
        x.append("<vector id=\"").append(id).append("\" type=\"").append(type).append("\" count=\"").append(count)
            .append("\"/>");
    }

    private static void flags(StringBuilder x, String id, int size, List<Bit> bits) {
        x.append("<flags id=\"").append(id).append("\" size=\"").append(size).append("\">");
        for (Bit b : bits) {
            x.append("<field name=\"").append(b.name).append("\" start=\"").append(b.number).append("\" end=\"")
                .append(b.number).append("\"/>");
        }
        x.append("</flags>");
    }
}
