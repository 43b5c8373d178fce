package dev.backplane.cpu.x86.disasm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import dev.backplane.cpu.x86.decode.Decoder;

class DisassemblerTest {
    private static final Pattern LINE = Pattern.compile("\\s*([0-9a-f]+):\\t((?:[0-9a-f]{2} )+)\\s*\\t(.*)");
    private static final int CODE_BYTES = 400_000;

    private final Disassembler disassembler = new Disassembler(Decoder.table());

    @TempDir
    private Path folder;

    private String text(String bytes, int bits) {
        byte[] b = HexFormat.of().parseHex(bytes.replace(" ", "") + "00".repeat(16));
        return disassembler.line(p -> b[p] & 0xFF, 0, 0x1000, Disassembler.mode(bits)).text();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "48 89 e5|mov rbp,rsp",
        "4c 8b 44 8b f8|mov r8,QWORD PTR [rbx+rcx*4-0x8]",
        "64 48 8b 04 25 28 00 00 00|mov rax,QWORD PTR fs:0x28",
        "48 8d 05 10 00 00 00|lea rax,[rip+0x10] # 0x1017",
        "48 83 e4 f0|and rsp,0xfffffffffffffff0",
        "e8 fb ff ff ff|call 0x1000",
        "f3 48 ab|rep stos QWORD PTR es:[rdi],rax",
        "f3 a6|repz cmps BYTE PTR ds:[rsi],BYTE PTR es:[rdi]",
        "f0 48 0f c7 4e 20|lock cmpxchg16b OWORD PTR [rsi+0x20]",
        "66 2e 0f 1f 84 00 00 00 00 00|cs nop WORD PTR [rax+rax*1+0x0]",
        "48 b8 88 77 66 55 44 33 22 11|movabs rax,0x1122334455667788",
        "0f 20 d8|mov rax,cr3",
        "0f 01 d0|xgetbv",
        "0f 05|syscall",
        "48 cf|iretq",
        "f3 0f 1e fa|endbr64",
        "66 0f ef c3|pxor xmm0,xmm3",
        "c5 fd ef c3|vpxor ymm0,ymm0,ymm3",
        "c4 e2 f1 b8 c2|vfmadd231pd xmm0,xmm1,xmm2",
        "c4 e2 6d 90 04 a1|vpgatherdd ymm0,DWORD PTR [rcx+ymm4*4],ymm2",
        "c4 e2 fb f7 c2|shrx rax,rdx,rax",
        "d8 4c 24 08|fmul DWORD PTR [rsp+0x8]",
        "de e9|fsubp st(1),st",
        "f2 0f c2 c1 02|cmplesd xmm0,xmm1",
        "66 0f 3a 44 c1 11|pclmulhqhqdq xmm0,xmm1",
        "0f 0b|ud2",
        "06|(bad)",
        "62 f1 fe 28 6f 06|(bad)",
    })
    void anInstructionIsWrittenAsObjdumpDoes(String bytes, String text) {
        assertEquals(text, text(bytes, 64));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "32|8b 45 08|mov eax,DWORD PTR [ebp+0x8]",
        "32|66 16|pushw ss",
        "32|ea 78 56 34 12 10 00|jmp 0x10:0x12345678",
        "32|63 c8|arpl ax,cx",
        "16|8b 46 08|mov ax,WORD PTR [bp+0x8]",
        "16|a1 34 12|mov ax,ds:0x1234",
        "16|66 60|pushad",
        "16|eb fe|jmp 0x1000",
    })
    void codeOfOtherSizesIsWrittenAsObjdumpDoes(int bits, String bytes, String text) {
        assertEquals(text, text(bytes, bits));
    }

    @Test
    void everyInstructionNamesWhatDefinesIt() {
        byte[] b = {0x0F, (byte) 0xA2, 0x66, 0x0F, (byte) 0xEF, (byte) 0xC3};
        assertEquals("system.Identification.Cpuid", definition(b, 0));
        assertEquals("simd.Frequent.Xor, simd.IntegerTable 0F EF", definition(b, 2));
    }

    private String definition(byte[] code, int at) {
        return disassembler.line(p -> code[p] & 0xFF, at, 0, Disassembler.mode(64)).definition();
    }

    @Test
    void everythingThatIsDecodedHasAName() {
        byte[] b = new byte[32];
        Random random = new Random(7);
        List<String> nameless = new ArrayList<>();
        Decoder decoder = new Decoder(Decoder.table());
        Names names = new Names();
        Class<?> undefined = dev.backplane.cpu.x86.integer.IntegerTable.undefined(new dev.backplane.cpu.x86.Insn())
            .getClass();
        for (int n = 0; n < 300_000; n++) {
            random.nextBytes(b);
            int mode = Disassembler.mode(n % 3 == 0 ? 64 : n % 3 == 1 ? 32 : 16);
            var op = decoder.decode(p -> b[p] & 0xFF, 0, mode);
            if (op.getClass() != undefined && !(op instanceof dev.backplane.cpu.x86.system.FpTrap.TooLong)
                && names.row(decoder.insn()) == null) {
                nameless.add(HexFormat.of().formatHex(b, 0, op.length));
            }
        }
        assertEquals(List.of(), nameless.stream().limit(10).toList());
    }

    /** The C library that runs this test, as objdump and as this disassembler see it. */
    @Test
    void aLibraryIsWrittenAsObjdumpDoes() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/objdump")), "objdump is not installed");
        Path version = folder.resolve("version");
        assertEquals(0, new ProcessBuilder("/usr/bin/objdump", "--version").redirectOutput(version.toFile()).start()
            .waitFor());
        assumeTrue(Files.readAllLines(version).getFirst().matches(".* 2\\.(3[5-9]|40)(\\D.*)?"),
            "other versions of objdump write some instructions otherwise");
        Path library;
        try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
            library = maps.filter(l -> l.contains("/libm.so") || l.contains("/libc.so")).map(l -> l.substring(
                l.indexOf('/'))).map(Path::of).findFirst().orElseThrow();
        }
        Path output = folder.resolve("out");
        Process objdump = new ProcessBuilder("/usr/bin/objdump", "-d", "-w", "-M", "intel", library.toString())
            .redirectOutput(output.toFile()).start();
        assertEquals(0, objdump.waitFor());
        compare(output);
    }

    private void compare(Path listing) throws IOException {
        int compared = 0;
        List<String> different = new ArrayList<>();
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(Files.newInputStream(listing),
            StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null && compared < CODE_BYTES; line = lines.readLine()) {
                Matcher m = LINE.matcher(line);
                if (!m.matches()) {
                    continue;
                }
                byte[] b = HexFormat.of().parseHex(m.group(2).replace(" ", "") + "00".repeat(16));
                long at = Long.parseUnsignedLong(m.group(1), 16);
                String ours = disassembler.line(p -> b[p] & 0xFF, 0, at, Disassembler.mode(64)).text();
                String theirs = m.group(3).replaceAll("\\s*#.*$", "").trim().replaceAll("\\s+", " ")
                    .replaceAll("\\b(?:0x)?([0-9a-f]+) <[^>]*>$", "0x$1");
                if (ours.equals("(bad)")) {
                    continue;
                }
                compared++;
                // objdump takes FWAIT and what follows it for one instruction.
                if (!ours.replaceAll(" # .*", "").equals(theirs) && !ours.equals("fwait")) {
                    different.add(m.group(2) + "| " + theirs + " | " + ours);
                }
            }
        }
        int all = compared;
        assertTrue(all > 10_000, () -> "only " + all + " instructions");
        assertTrue(different.size() <= all / 10_000, () -> different.size() + " of " + all + " differ: "
            + different.stream().limit(20).toList());
    }
}
