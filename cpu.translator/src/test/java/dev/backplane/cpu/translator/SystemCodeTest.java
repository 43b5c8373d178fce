package dev.backplane.cpu.translator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import dev.backplane.api.cpu.CpuState.Segment;

/** What operating systems do at every turn stays in machine code, and what it leaves behind is what the SDM says. */
@Timeout(120)
class SystemCodeTest {
    private static final int KERNEL = 0x28000;
    private static final int STAR = 0xC0000081;
    private static final int LSTAR = 0xC0000082;
    private static final int FMASK = 0xC0000084;
    private static final int GS_BASE = 0xC0000101;
    private static final int KERNEL_GS_BASE = 0xC0000102;

    @Test
    void systemCallsAndTheirReturnsAreNoExits() throws Exception {
        try (Guest g = new Guest(new TranslatorBackend(), 1)) {
            // l: inc eax; syscall; jmp l
            g.code(Guest.CODE, "ff c0 0f 05 eb fa");
            // swapgs; dec ebx; jz h; swapgs; sysretq; h: hlt
            g.code(KERNEL, "0f 01 f8 ff cb 74 06 0f 01 f8 48 0f 07 f4");
            g.load(0, b -> b.rip(KERNEL + 10).gpr(1, Guest.CODE).gpr(11, 0xA03).gpr(3, 1000)
                .msr(STAR, 0x0013_0008L << 32).msr(LSTAR, KERNEL).msr(FMASK, 0x257FD5).msr(GS_BASE, 0x1111)
                .msr(KERNEL_GS_BASE, 0x2222));
            g.run();
            assertEquals(1000, g.state().gpr(0));
            assertEquals(0, g.state().gpr(3));
            assertEquals(Guest.CODE + 4, g.state().gpr(1));
            assertEquals(8, g.state().segment(Segment.CS).selector());
            assertEquals(16, g.state().segment(Segment.SS).selector());
            assertEquals(0x2222, g.state().segment(Segment.GS).base());
            long exits = g.vcpus[0].statistics().get("exits-op");
            assertTrue(exits < 100, exits + " exits of 2000 changes of level");
        }
    }

    @Test
    void missesOfTheTlbAreFilledByMachineCode() throws Exception {
        try (Guest g = new Guest(new TranslatorBackend(), 1)) {
            // mov ecx,100; o: mov rax,cr3; mov cr3,rax; mov edx,64; mov rsi,0x80000
            // i: mov rdi,[rsi]; add rsi,4096; dec edx; jnz i; dec ecx; jnz o; hlt
            g.code(Guest.CODE, "b9 64 00 00 00 0f 20 d8 0f 22 d8 ba 40 00 00 00 48 c7 c6 00 00 08 00 48 8b 3e"
                + "48 81 c6 00 10 00 00 ff ca 75 f2 ff c9 75 dc f4");
            for (int n = 0; n < 64; n++) {
                g.put(0x80000 + 4096 * n, n);
            }
            g.run();
            assertEquals(63, g.state().gpr(7));
            long fills = g.vcpus[0].statistics().get("tlb-fills-by-code");
            assertTrue(fills > 5000, "machine code has filled " + fills + " entries");
            long exits = g.vcpus[0].statistics().get("exits-miss");
            assertTrue(exits < 400, exits + " exits");
        }
    }

    @Test
    void aPageFaultInMachineCodeIsDeliveredWithItsAddress() throws Exception {
        try (Guest g = new Guest(new TranslatorBackend(), 1)) {
            // mov ecx,10; l: mov rax,[rdi]; dec ecx; cmovz rdi,rsi; jmp l
            g.code(Guest.CODE, "b9 0a 00 00 00 48 8b 07 ff c9 48 0f 44 fe eb f5");
            g.put(Guest.DATA, 7);
            g.load(0, b -> b.gpr(7, Guest.DATA).gpr(6, Guest.HOLE + 16).gpr(0, 1));
            g.run();
            assertEquals(14, g.vector());
            assertEquals(Guest.HOLE + 16, g.state().cr2());
            assertEquals(14, g.state().gpr(0) & 0xFF);
            // The frame: error code 0, then RIP of the instruction that faulted.
            int sp = (int) g.state().gpr(4);
            assertEquals(0, g.get(sp));
            assertEquals(Guest.CODE + 5, g.get(sp + 8));
            assertEquals(1, g.vcpus[0].statistics().get("exits-page-fault"));
        }
    }

    @Test
    void aMappingThatChangesIsSeenBehindItsFlush() throws Exception {
        try (Guest g = new Guest(new TranslatorBackend(), 1)) {
            // The entry of the page at 0x90000 changes between two frames in a loop: xor, invlpg, add what is read.
            // mov ecx,1000; l: xor qword [rbx],0x1000; invlpg [rsi]; add rax,[rsi]; dec ecx; jnz l; hlt
            g.code(Guest.CODE, "b9 e8 03 00 00 48 81 33 00 10 00 00 0f 01 3e 48 03 06 ff c9 75 ef f4");
            g.put(0x90000, 1);
            g.put(0x91000, 100);
            g.load(0, b -> b.gpr(3, 0x7000 + (0x90000 >> 9)).gpr(6, 0x90000).gpr(0, 0));
            g.run();
            assertEquals(500 * 101, g.state().gpr(0));
        }
    }
}
