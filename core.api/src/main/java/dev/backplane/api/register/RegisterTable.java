package dev.backplane.api.register;

/** Registers as a Markdown table. */
final class RegisterTable {
    private RegisterTable() {
    }

    static String of(Registers registers, Register[] ordered) {
        StringBuilder text = new StringBuilder("| offset | bits | ").append(registers.name())
            .append(" | access | reset | |\n|---|---|---|---|---|---|\n");
        for (Register register : ordered) {
            boolean plain = register.fields().isEmpty();
            row(text, "0x%02X".formatted(register.offset()), Integer.toString(register.width), register.path(),
                plain ? register.access.code() : "", register);
            register.fields().stream().sorted((a, b) -> Integer.compare(a.low, b.low)).forEach(field ->
                row(text, "", field.where().substring(field.where().indexOf(' ') + 1), field.path(),
                    field.access.code(), field));
        }
        return text.toString();
    }

    private static void row(StringBuilder text, String offset, String bits, String path, String access,
            Bits<?> declared) {
        String reset = access.isEmpty() || !declared.stored() && declared.access != Access.CONSTANT ? ""
            : "0x%X".formatted(declared.register().resetOf(declared));
        text.append("| ").append(offset).append(" | ").append(bits).append(" | ").append(path).append(" | ")
            .append(access).append(" | ").append(reset).append(" | ").append(declared.description).append(" |\n");
    }
}
