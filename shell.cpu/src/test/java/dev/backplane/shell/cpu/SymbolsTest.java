package dev.backplane.shell.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import dev.backplane.api.shell.CommandException;

class SymbolsTest {
    @TempDir
    private Path folder;

    private static Symbols of(String... files) throws CommandException {
        String[] line = new String[1 + 2 * files.length];
        line[0] = "demo";
        for (int n = 0; n < files.length; n++) {
            line[1 + 2 * n] = "--symbols";
            line[2 + 2 * n] = files[n];
        }
        return Symbols.of(new FakeCall(new ProfileCommand().signature(), List.of(), line));
    }

    private String map(String text) throws IOException {
        return Files.writeString(folder.resolve("System.map"), text).toString();
    }

    /** An ELF file with a segment of 16 bytes at 0x1000 and two functions in it. */
    static byte[] elf() {
        ByteBuffer b = ByteBuffer.allocate(0x300).order(ByteOrder.LITTLE_ENDIAN);
        b.putInt(0, 0x464C457F).put(4, (byte) 2).put(5, (byte) 1).putShort(18, (short) 62).putLong(24, 0x1008)
            .putLong(32, 64).putLong(40, 0x100).putShort(54, (short) 56).putShort(56, (short) 1)
            .putShort(58, (short) 64).putShort(60, (short) 3);
        b.putInt(64, 1).putLong(72, 0x200).putLong(80, 0x1000).putLong(96, 16).putLong(104, 16);
        b.putInt(0x144, 2).putLong(0x158, 0x220).putLong(0x160, 72).putInt(0x168, 2);
        b.putInt(0x184, 3).putLong(0x198, 0x280);
        b.position(0x200).put("\u0055\u0055\u0055\u0055".getBytes(StandardCharsets.ISO_8859_1));
        b.putInt(0x238, 1).put(0x23C, (byte) 2).putShort(0x23E, (short) 1).putLong(0x240, 0x1000).putLong(0x248, 8);
        b.putInt(0x250, 7).put(0x254, (byte) 2).putShort(0x256, (short) 1).putLong(0x258, 0x1008).putLong(0x260, 8);
        b.position(0x280).put("\0first\0second\0".getBytes(StandardCharsets.ISO_8859_1));
        return b.array();
    }

    @Test
    void anAddressHasTheSymbolBeforeIt() throws Exception {
        Symbols s = of(map("ffffffff81000000 T _text\nffffffff81000100 t inner\nffffffff82000000 D data\nnonsense\n"
            + "ffffffffc0001000 t probe\t[virtio_net]\n"));
        assertEquals("_text", s.place(0xffffffff81000000L));
        assertEquals("_text+0xff", s.place(0xffffffff810000ffL));
        assertEquals("inner", s.name(0xffffffff81000100L));
        assertEquals("probe [virtio_net]", s.name(0xffffffffc0001010L));
        assertNull(s.name(0xffffffff80ffffffL));
        assertNull(s.name(0xffffffff90000000L));
        assertEquals(Optional.of(0xffffffff81000100L), s.find("inner"));
    }

    @Test
    void aKernelThatWasMovedIsFoundByItsSystemCallEntry() throws Exception {
        Symbols s = of(map("ffffffff81000000 T _text\nffffffff81c00040 T entry_SYSCALL_64\n"));
        assertEquals(Optional.empty(), s.locate(0));
        assertEquals(Optional.empty(), s.locate(0xffffffff81c00040L));
        assertEquals(Optional.empty(), s.locate(0xffffffff81c12345L));
        assertEquals(Optional.of(0x1e00000L), s.locate(0xffffffff83a00040L));
        assertEquals("_text", s.place(0xffffffff82e00000L));
        assertNull(s.name(0xffffffff81000000L));
    }

    @Test
    void symbolsOfAnElfFileHaveASizeAndCanLieElsewhere() throws Exception {
        Path file = Files.write(folder.resolve("a.elf"), elf());
        Symbols s = of(file.toString());
        assertEquals("first+0x7", s.place(0x1007));
        assertEquals("second", s.place(0x1008));
        assertNull(s.place(0x1010));
        assertEquals(Optional.of(0x1010L), s.end(0x1008));
        assertEquals("second", of(file + "@0x555000").place(0x556008));
    }

    @Test
    void aDamagedFileIsRefusedWhateverIsWrongWithIt() throws Exception {
        Random random = new Random(5);
        Path file = folder.resolve("bad.elf");
        int refused = 0;
        for (int n = 0; n < 3000; n++) {
            byte[] bytes = elf();
            for (int k = 0; k < 8; k++) {
                bytes[4 + random.nextInt(bytes.length - 4)] = (byte) random.nextInt();
            }
            Files.write(file, bytes);
            try {
                SymbolFile.read(file);
                Program.read(file, 0, 0);
            } catch (IOException e) {
                refused++;
                assertTrue(e.getMessage().startsWith("it "), e.getMessage());
            }
        }
        assertTrue(refused > 100, "only " + refused);
    }

    @Test
    void whatHasNoSymbolsIsRefusedWithWhatWouldHaveThem() throws Exception {
        String file = map("nothing here\n");
        assertTrue(assertThrows(CommandException.class, () -> of(file)).getMessage().contains("/proc/kallsyms"));
        assertTrue(assertThrows(CommandException.class, () -> of(folder + "/none")).getMessage()
            .endsWith("there is no such file"));
        assertThrows(CommandException.class, () -> of(file + "@here"));
    }

    @Test
    void theCodeOfAProgramIsWhereItsHeadersSay() throws Exception {
        Program p = Program.read(Files.write(folder.resolve("a.elf"), elf()), 0x10000, 0);
        assertEquals(0x11008, p.entry());
        assertEquals(64, p.bits());
        assertEquals(4, p.from(0x11000, 4).length);
        assertEquals(6, p.from(0x1100A, 100).length);
        assertEquals(0, p.from(0x12000, 100).length);
    }
}
