package dev.backplane.machine.interrupt;

import java.util.ArrayList;
import java.util.List;

/** Remembers what a local APIC told its vCPU. */
final class RecordedSignals implements VcpuSignals {
    int requests;
    int nmis;
    int inits;
    final List<Integer> startups = new ArrayList<>();

    @Override
    public synchronized void interruptRequested() {
        requests++;
    }

    @Override
    public void nmi() {
        nmis++;
    }

    @Override
    public void init() {
        inits++;
    }

    @Override
    public void startup(int vector) {
        startups.add(vector);
    }
}
