package dev.backplane.cpu.translator;

import static dev.backplane.cpu.x86.encode.Assembler.MAP_0F;
import static dev.backplane.cpu.x86.encode.Assembler.MAP_1;

import dev.backplane.cpu.x86.encode.Address;
import dev.backplane.cpu.x86.encode.Assembler;

/** The code between Java and translated code (System V calling convention). */
final class Thunks {
    private static final int[] PRESERVED = {3, 5, 12, 13, 14, 15};
    private static final int C = CodeWriter.C;

    /** Addresses in writable memory: entries by what they load, the exit, and the loaders. */
    final long enter;
    final long enterXmm;
    final long exit;
    final long loader;
    /** The loader of x87 state: RCX is 0 behind it unless the state must not be loaded. */
    final long x87Loader;
    final long enterX87;
    final long enterBoth;
    /** A function that returns the host's time-stamp counter. */
    final long timeStamp;
    final PageWalk walk;
    /** For each table where a branch goes that {@link JumpTables} does not have. */
    final long[] seconds = new long[Env.JUMP_TABLES];
    /** Where the next code may go. */
    final long end;

    private final Assembler a;
    private final Address m = new Address();
    private final long env;
    private final boolean counter;

    /** {@code counter}: instructions are counted in XMM16. */
    Thunks(Assembler a, long at, long env, boolean counter) {
        this.counter = counter;
        this.a = a;
        this.env = env;
        a.start(at);
        loader = a.here();
        loader();
        x87Loader = align();
        x87Loader();
        exit = align();
        exit();
        enter = align();
        enter(false, false);
        enterXmm = align();
        enter(true, false);
        enterX87 = align();
        enter(false, true);
        enterBoth = align();
        enter(true, true);
        timeStamp = align();
        // RDTSC, SHL RDX 32, OR RAX RDX, RET
        a.imm64(0x0948_20E2_C148_310FL);
        a.imm16(0xC3D0);
        walk = new PageWalk(a, env);
        for (int table = 0; table < seconds.length; table++) {
            align();
            seconds[table] = SecondTables.write(a, env, table, exit);
        }
        end = align();
    }

    private long align() {
        while ((a.here() & 15) != 0) {
            a.byte8(0xCC);
        }
        return a.here();
    }

    private Address env(int offset) {
        return m.at(env + offset);
    }

    private void loader() {
        for (int n = 0; n < 16; n++) {
            a.vexRm(0, MAP_0F, 0x10, false, true, n, 0, env(Env.YMM + 32 * n));
        }
        a.rm(0, MAP_0F, 0xAE, false, 3, env(Env.HOST_MXCSR));
        a.rm(0, MAP_0F, 0xAE, false, 2, env(Env.GUEST_MXCSR));
        a.store32(env(Env.XMM_ABSENT), 0);
        a.byte8(0xC3);
    }

    private void x87Loader() {
        a.load32(C, env(Env.X87_UNMASKED));
        a.jrcxz(1);
        a.byte8(0xC3);
        a.rm(0, MAP_1, 0xDD, false, 4, env(Env.X87_IMAGE));
        a.store32(env(Env.X87_ABSENT), 0);
        a.byte8(0xC3);
    }

    private void exit() {
        for (int guest = 0; guest < 16; guest++) {
            int home = CodeWriter.home(guest);
            if (home >= 0) {
                a.store64(env(Env.GPR + 8 * guest), home);
            }
        }
        a.byte8(0x9C);
        a.rm(0, MAP_1, 0x8F, false, 0, env(Env.FLAGS));
        if (counter) {
            // VMOVQ [count], XMM16
            a.imm32(0x08FDE162);
            a.byte8(0xD6);
            a.byte8(0x04);
            a.byte8(0x25);
            a.imm32((int) (env + Env.COUNT));
        }
        a.load32(C, env(Env.X87_ABSENT));
        a.jrcxz(5);
        a.jmp(a.here());
        final long x87Absent = a.here();
        // FNSAVE leaves the x87 unit as the calling convention wants it.
        a.rm(0, MAP_1, 0xDD, false, 6, env(Env.X87_IMAGE));
        a.store32(env(Env.X87_ABSENT), 1);
        Assembler.patch(x87Absent, a.here());
        a.load32(C, env(Env.XMM_ABSENT));
        a.jrcxz(5);
        a.jmp(a.here());
        final long absent = a.here();
        for (int n = 0; n < 16; n++) {
            a.vexRm(0, MAP_0F, 0x11, false, true, n, 0, env(Env.YMM + 32 * n));
        }
        // What is left in the upper halves would make SSE code slow.
        a.byte8(0xC5);
        a.byte8(0xF8);
        a.byte8(0x77);
        a.rm(0, MAP_0F, 0xAE, false, 3, env(Env.GUEST_MXCSR));
        a.rm(0, MAP_0F, 0xAE, false, 2, env(Env.HOST_MXCSR));
        a.store32(env(Env.XMM_ABSENT), 1);
        Assembler.patch(absent, a.here());
        a.load32(0, env(Env.EXIT));
        for (int n = PRESERVED.length - 1; n >= 0; n--) {
            a.pop(PRESERVED[n]);
        }
        a.byte8(0xC3);
    }

    private void enter(boolean xmm, boolean x87) {
        for (int r : PRESERVED) {
            a.push(r);
        }
        if (xmm) {
            a.call(loader);
        }
        if (x87) {
            a.call(x87Loader);
        }
        a.rm(0, MAP_1, 0xFF, false, 6, env(Env.FLAGS));
        a.byte8(0x9D);
        if (counter) {
            // VPXORQ XMM16, XMM16, XMM16
            a.imm32(0x00FDA162);
            a.byte8(0xEF);
            a.byte8(0xC0);
        }
        for (int guest = 0; guest < 16; guest++) {
            int home = CodeWriter.home(guest);
            if (home >= 0) {
                a.load64(home, env(Env.GPR + 8 * guest));
            }
        }
        a.rm(0, MAP_1, 0xFF, false, 4, env(Env.ENTRY));
    }
}
