package dev.backplane.api.cpu;

import java.util.List;
import java.util.Objects;

/**
 * A guest instruction, and what a backend makes of it.
 *
 * @param address    its linear address
 * @param bytes      its bytes in hexadecimal, two digits each, separated by blanks
 * @param text       the instruction in Intel's syntax
 * @param definition what defines it: name of a class, or class and method
 * @param host       the machine code made of it, instruction by instruction; empty if there is none now
 */
public record CodeLine(long address, String bytes, String text, String definition, List<String> host) {
    /** Copies the list. */
    public CodeLine {
        Objects.requireNonNull(text);
        host = List.copyOf(host);
    }
}
