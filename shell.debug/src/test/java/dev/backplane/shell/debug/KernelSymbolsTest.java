package dev.backplane.shell.debug;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

import org.junit.jupiter.api.Test;

/** A kernel that is nothing but its tables. */
class KernelSymbolsTest {
    private static final long BASE = 0xFFFFFFFF8100_0000L;
    private static final int SYMBOLS = 700;
    private static final int TABLES = 0x10000;
    private static final int ORC_IP = 0x4000;
    private static final int ORC = 0x5000;

    private final ByteBuffer memory = ByteBuffer.allocate(0x20000).order(ByteOrder.LITTLE_ENDIAN);
    private int tokensAt;

    private static String name(int n) {
        return switch (n) {
            case 0 -> "T_stext";
            case 1 -> "T_etext";
            case 2 -> "R__start_orc_unwind_ip";
            case 3 -> "R__stop_orc_unwind_ip";
            case 4 -> "R__start_orc_unwind";
            default -> (n % 2 == 0 ? "t" : "d") + "symbol_" + n;
        };
    }

    private static int offset(int n) {
        return switch (n) {
            case 0 -> 0;
            case 1 -> 0x3000;
            case 2 -> ORC_IP;
            case 3 -> ORC_IP + 8;
            case 4 -> ORC;
            default -> n % 2 == 0 ? 4 * n : 0x6000 + 4 * n;
        };
    }

    /** Offsets, base, number, names, markers, the order of names, tokens, index: as Linux 6.1 has them. */
    private KernelImage image() {
        memory.position(TABLES);
        for (int n = 0; n < SYMBOLS; n++) {
            memory.putInt(-1 - offset(n));
        }
        align();
        memory.putLong(BASE).putLong(SYMBOLS);
        int names = memory.position();
        List<Integer> markers = new ArrayList<>();
        for (int n = 0; n < SYMBOLS; n++) {
            if (n % 256 == 0) {
                markers.add(memory.position() - names);
            }
            byte[] text = name(n).replace("symbol_", "\u0001").getBytes(StandardCharsets.US_ASCII);
            memory.put((byte) text.length).put(text);
        }
        align();
        markers.forEach(memory::putInt);
        align();
        memory.position(memory.position() + 3 * SYMBOLS);
        align();
        tokensAt = memory.position();
        int[] index = new int[256];
        for (int n = 0; n < 256; n++) {
            index[n] = memory.position() - tokensAt;
            memory.put((n == 1 ? "symbol_" : n >= 32 && n < 127 ? "" + (char) n : "?")
                .getBytes(StandardCharsets.US_ASCII)).put((byte) 0);
        }
        align();
        Arrays.stream(index).forEach(i -> memory.putShort((short) i));
        // Two places: CFA is RSP + 16 and RBP is saved there; nothing is known behind the second.
        memory.putInt(ORC_IP, 0x100 - ORC_IP).putInt(ORC_IP + 4, 0x200 - ORC_IP - 4);
        memory.putShort(ORC, (short) 16).putShort(ORC + 2, (short) -16).put(ORC + 4, (byte) 0x15);
        return new KernelImage(BASE, memory.array());
    }

    private byte[] bytes() {
        image();
        return memory.array();
    }

    private void align() {
        memory.position(memory.position() + 7 & -8);
    }

    @Test
    void symbolsAreReadFromTheKernelsOwnTables() {
        List<KernelSymbols.Symbol> all = KernelSymbols.of(image());
        assertEquals(SYMBOLS, all.size());
        assertTrue(all.contains(new KernelSymbols.Symbol("symbol_200", 't', BASE + 800)));
        assertTrue(all.contains(new KernelSymbols.Symbol("symbol_699", 'd', BASE + 0x6000 + 4 * 699)));
        assertTrue(all.stream().anyMatch(s -> s.name().equals("symbol_6") && s.isCode()));
    }

    @Test
    void theFileHasSectionsSymbolsAndFrames() {
        KernelImage image = image();
        SymbolFile file = SymbolFile.of(image, KernelSymbols.of(image));
        assertTrue(file.hasFrames());
        ByteBuffer elf = ByteBuffer.wrap(file.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        assertEquals(0x464C457F, elf.getInt(0));
        int sections = (int) elf.getLong(40);
        assertEquals(BASE, elf.getLong(sections + 64 + 16), ".text");
        assertEquals(0x3000, elf.getLong(sections + 64 + 32));
        int frames = (int) elf.getLong(sections + 3 * 64 + 24);
        int first = frames + 4 + elf.getInt(frames);
        int description = first + 4 + elf.getInt(first);
        assertEquals(0, elf.getInt(description + 4), "by the first common entry");
        assertEquals(BASE + 0x100, elf.getLong(description + 8));
        assertEquals(0x100, elf.getLong(description + 16));
        byte[] rules = new byte[9];
        elf.get(description + 24, rules);
        // The frame at RSP + 16; the return address at -8, RBP at -16 from there.
        assertEquals("0c0710" + "111001" + "110602", Hex.of(rules));
    }

    @Test
    void aKernelWithoutSuchTablesHasNone() {
        KernelImage image = image();
        for (int at = tokensAt; at < tokensAt + 0x200; at++) {
            memory.put(at, memory.get(at) == '5' ? (byte) 'x' : memory.get(at));
        }
        assertTrue(KernelSymbols.of(image).isEmpty());
        assertTrue(KernelSymbols.of(new KernelImage(BASE, new byte[4096])).isEmpty());
        assertTrue(KernelSymbols.of(new KernelImage(BASE, new byte[0])).isEmpty());
    }

    @Test
    void tablesThatAGuestHasDamagedNeverThrow() {
        byte[] good = bytes();
        SplittableRandom random = new SplittableRandom(3);
        int found = 0;
        for (int n = 0; n < 100; n++) {
            byte[] bad = good.clone();
            for (int i = random.nextInt(1, 40); i > 0; i--) {
                int at = random.nextBoolean() ? TABLES + random.nextInt(0x8000) : ORC_IP + random.nextInt(0x1800);
                bad[at] = (byte) random.nextInt();
            }
            KernelImage image = new KernelImage(BASE, bad);
            List<KernelSymbols.Symbol> symbols = KernelSymbols.of(image);
            found += symbols.isEmpty() ? 0 : 1;
            assertFalse(SymbolFile.of(image, symbols).bytes().length == 0);
        }
        assertTrue(found > 0, "the damage left nothing to look at");
    }
}
