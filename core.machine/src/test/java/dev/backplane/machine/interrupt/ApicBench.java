package dev.backplane.machine.interrupt;

import dev.backplane.machine.timer.ManualClock;

/** Local APICs on a fabric with a manual clock: timer at 1 GHz, time-stamp counter at 2 GHz from 1000 on. */
final class ApicBench {
    static final long TSC_START = 1000;

    final ManualClock clock = new ManualClock();
    final InterruptControllers controllers;
    final LocalApic[] apics;
    final RecordedSignals[] signals;

    ApicBench(int vcpus) {
        controllers = new InterruptControllers(vcpus);
        apics = new LocalApic[vcpus];
        signals = new RecordedSignals[vcpus];
        for (int i = 0; i < vcpus; i++) {
            signals[i] = new RecordedSignals();
            apics[i] = new LocalApic(new LocalApic.Settings(i, i == 0, 1_000_000_000L, 2_000_000_000L, 40),
                controllers.fabric(), this::tsc, clock, clock, signals[i]);
        }
    }

    long tsc() {
        return TSC_START + 2 * clock.nanoTime();
    }

    /** Switches all on in xAPIC mode, flat logical IDs. */
    ApicBench enable() {
        for (int i = 0; i < apics.length; i++) {
            write(i, ApicRegister.SVR, 0x1FF);
            write(i, ApicRegister.LDR, 1 << 24 + i);
        }
        return this;
    }

    ApicBench enableX2() {
        for (LocalApic a : apics) {
            long base = a.readMsr(LocalApic.MSR_APIC_BASE);
            if (!a.writeMsr(LocalApic.MSR_APIC_BASE, base | 1 << 10)
                || !a.writeMsr(LocalApic.MSR_X2APIC + ApicRegister.SVR, 0x1FF)) {
                throw new AssertionError("x2APIC mode refused");
            }
        }
        return this;
    }

    void write(int apic, int register, int value) {
        apics[apic].mmioWrite(LocalApic.DEFAULT_ADDRESS + register * 16L, 4, value & 0xFFFFFFFFL);
    }

    int read(int apic, int register) {
        return (int) apics[apic].mmioRead(LocalApic.DEFAULT_ADDRESS + register * 16L, 4);
    }

    void ipi(int apic, int high, int low) {
        write(apic, ApicRegister.ICR_HIGH, high << 24);
        write(apic, ApicRegister.ICR_LOW, low);
    }
}
