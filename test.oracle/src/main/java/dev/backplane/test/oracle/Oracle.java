package dev.backplane.test.oracle;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;

import dev.backplane.api.cpu.CpuBackend;
import dev.backplane.api.cpu.CpuException;
import dev.backplane.api.cpu.VcpuExit;

/**
 * Runs random cases on the host processor and on a backend and compares. Case n of a seed is the same on every run,
 * whatever templates ran before it.
 */
final class Oracle {
    /**
     * One difference.
     *
     * @param template the template's name
     * @param seed     the seed and number of the case, to run it alone
     * @param text     what differs, for people
     */
    record Difference(String template, String seed, String text) {
    }

    static final String AVX_MODEL = "x86-64-v3";
    static final String SSE_MODEL = "x86-64-v2";

    private final HostProcessor host;
    private final Harness hostHarness;
    private final Harness guestHarness;
    private final GuestProcessor guest;
    private final List<Template> templates;
    private final List<Difference> differences = new ArrayList<>();
    private final byte[] hostFx = new byte[512];
    private final byte[] guestFx = new byte[512];
    private final byte[] hostYmm = new byte[256];
    private final byte[] guestYmm = new byte[256];
    private Gen gen;
    private long seed;
    private long next;
    private long end;
    private int most;
    /** How often each case runs, and how often the current one still has to. */
    private int repeat = 1;
    private int again;
    private int slot;
    private final MemorySegment before = MemorySegment.ofArray(new byte[Layout.DATA_SIZE]);
    private Consumer<Difference> listener = d -> { };

    /** The model decides whether AVX is used: {@link #AVX_MODEL} or one without it. */
    Oracle(HostProcessor host, CpuBackend backend, String model, List<Template> templates) throws CpuException {
        this.host = host;
        this.templates = List.copyOf(templates);
        boolean avx = model.equals(AVX_MODEL);
        guest = new GuestProcessor(backend, model, avx);
        hostHarness = new Harness(host.code, avx);
        guestHarness = new Harness(guest.ram.code, avx);
        hostHarness.install();
        guestHarness.install();
        host.state.putLong(StateBlock.EXIT, Layout.CODE + Harness.HOST_EXIT);
        guest.state.putLong(StateBlock.EXIT, Layout.CODE + Harness.GUEST_EXIT);
    }

    void listener(Consumer<Difference> consumer) {
        listener = consumer;
    }

    /** Each case runs this many times and is compared each time: a backend with tiers goes through all of them. */
    void repeat(int times) {
        repeat = times;
    }

    /**
     * Runs cases {@code first} to {@code first + count - 1} of a seed; stops early after {@code mostDifferences}.
     *
     * @return the differences
     */
    List<Difference> run(long runSeed, long first, long count, int mostDifferences) {
        differences.clear();
        seed = runSeed;
        next = first;
        end = first + count;
        most = mostDifferences;
        host.memory.asSlice(0, Layout.DATA_SIZE).fill((byte) 0);
        prepare();
        VcpuExit exit = guest.run(this::turn);
        if (next < end && differences.size() < most) {
            report("the guest left the loop: " + exit);
        }
        return List.copyOf(differences);
    }

    private boolean turn(int fault) {
        if (fault >= 0) {
            report("guest raised exception " + fault);
        } else {
            int found = differences.size();
            compare();
            if (--again > 0 && differences.size() == found) {
                MemorySegment.copy(before, 0, guest.ram.memory, 0, Layout.DATA_SIZE);
                if (gen.c.changesCode) {
                    place();
                }
                return true;
            }
        }
        next++;
        if (next >= end || differences.size() >= most) {
            return false;
        }
        prepare();
        return true;
    }

    private void prepare() {
        gen = new Gen(new SplittableRandom(seed * 0x9E3779B97F4A7C15L + next));
        Template t = templates.get((int) Math.floorMod(next, (long) templates.size()));
        gen.begin(t.name());
        t.maker().make(gen);
        // Both sides begin with the same memory: what the host left, and what the case wants in it.
        for (int i = 0; i < gen.pokes; i++) {
            host.memory.set(ValueLayout.JAVA_LONG_UNALIGNED, gen.pokeAt[i], gen.pokeValue[i]);
        }
        MemorySegment.copy(host.memory, 0, guest.ram.memory, 0, Layout.DATA_SIZE);
        MemorySegment.copy(host.memory, 0, before, 0, Layout.DATA_SIZE);
        again = repeat;
        slot = gen.v.chance(32) ? Harness.SLOT_CROSSING : Layout.SLOT;
        load(host.state, slot);
        load(guest.state, slot);
        hostHarness.place(gen.c, slot);
        place();
        host.run();
    }

    /** Puts the code of the case into the guest's slot. */
    private void place() {
        guestHarness.place(gen.c, slot);
        guest.ram.codeChanged(Layout.CODE + slot, gen.c.length + 5);
    }

    private void load(StateBlock s, int at) {
        s.load(gen.c);
        s.putLong(StateBlock.TARGET, Layout.CODE + at);
    }

    private void compare() {
        TestCase c = gen.c;
        StringBuilder text = new StringBuilder();
        for (int r = 0; r < 16; r++) {
            long h = host.state.gpr(r);
            long g = guest.state.gpr(r);
            if (h != g && (c.undefinedGprs >> r & 1) == 0) {
                text.append(" r%d %x->%x, guest %x;".formatted(r, c.gpr[r], h, g));
            }
        }
        long hostFlags = host.state.flags() & c.definedFlags;
        long guestFlags = guest.state.flags() & c.definedFlags;
        if (hostFlags != guestFlags) {
            text.append(" flags %x->%x, guest %x;".formatted(c.flags, hostFlags, guestFlags));
        }
        host.state.outFx(hostFx);
        guest.state.outFx(guestFx);
        FxCompare.compare(c, hostFx, guestFx, text);
        host.state.outYmm(hostYmm);
        guest.state.outYmm(guestYmm);
        FxCompare.compareUpper(c, hostYmm, guestYmm, text);
        MemorySegment data = host.memory.asSlice(0, Layout.DATA_SIZE);
        long at = data.mismatch(guest.ram.memory.asSlice(0, Layout.DATA_SIZE));
        if (at >= 0 && at < Layout.DATA_SIZE - 8) {
            text.append(" memory +%x %x, guest %x;".formatted(at, host.memory.get(ValueLayout.JAVA_LONG_UNALIGNED, at),
                guest.ram.memory.get(ValueLayout.JAVA_LONG_UNALIGNED, at)));
        }
        if (!text.isEmpty()) {
            report(text.toString());
        }
    }

    private void report(String text) {
        Difference d = new Difference(gen.c.name, seed + ":" + next,
            "%s [%s]:%s".formatted(gen.c.name, gen.c.bytes(), text));
        differences.add(d);
        listener.accept(d);
    }
}
