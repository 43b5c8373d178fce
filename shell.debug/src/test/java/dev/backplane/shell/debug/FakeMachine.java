package dev.backplane.shell.debug;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

import dev.backplane.api.cpu.CpuState;
import dev.backplane.api.cpu.DebugEvent;
import dev.backplane.api.cpu.DebugPoint;
import dev.backplane.api.machine.DebugListener;
import dev.backplane.api.machine.Machine;
import dev.backplane.api.machine.MachineDebugger;
import dev.backplane.api.machine.MachineException;

/** A machine of two vCPUs that runs nothing: 64 KiB of RAM, and what a debugger asked of it. */
final class FakeMachine implements MachineDebugger {
    final byte[] ram = new byte[1 << 16];
    final CpuState[] states = {CpuState.reset(), CpuState.reset()};
    final BlockingQueue<String> asked = new LinkedBlockingQueue<>();
    final List<String> remarks = new ArrayList<>();
    volatile List<DebugPoint> points = List.of();
    volatile boolean stopped;
    volatile boolean off;
    private volatile DebugListener listener;

    /** The machine. */
    Machine machine() {
        return (Machine) Proxy.newProxyInstance(FakeMachine.class.getClassLoader(), new Class<?>[] {Machine.class},
            (proxy, method, arguments) -> {
                switch (method.getName()) {
                    case "name" -> {
                        return "m";
                    }
                    case "debug" -> {
                        if (off) {
                            throw new MachineException("m is off");
                        }
                        listener = (DebugListener) arguments[0];
                        stopped = true;
                        asked.add("attach");
                        return this;
                    }
                    case "stop", "reset" -> asked.add(method.getName());
                    case "remark" -> {
                        synchronized (remarks) {
                            remarks.add((String) arguments[1]);
                        }
                    }
                    default -> throw new UnsupportedOperationException(method.getName());
                }
                return null;
            });
    }

    /** It meets something. */
    void meets(int vcpu, DebugEvent event) {
        stopped = true;
        listener.stopped(vcpu, event);
    }

    /** It is turned off. */
    void ends() {
        listener.ended("off");
    }

    private void needStop() throws MachineException {
        if (!stopped) {
            throw new MachineException("m runs");
        }
    }

    @Override
    public int vcpus() {
        return states.length;
    }

    @Override
    public boolean stopped() {
        return stopped;
    }

    @Override
    public void stop() {
        asked.add("stop all");
        meets(0, null);
    }

    @Override
    public void resume(List<Go> go) throws MachineException {
        needStop();
        stopped = false;
        asked.add(go.toString());
    }

    @Override
    public void points(List<DebugPoint> wanted) {
        points = wanted;
    }

    @Override
    public CpuState state(int vcpu) throws MachineException {
        needStop();
        return states[vcpu];
    }

    @Override
    public void state(int vcpu, CpuState changed) throws MachineException {
        needStop();
        states[vcpu] = changed;
    }

    @Override
    public int read(int vcpu, long address, byte[] target) throws MachineException {
        return readPhysical(address, target);
    }

    @Override
    public boolean write(int vcpu, long address, byte[] source) throws MachineException {
        return writePhysical(address, source);
    }

    @Override
    public int readPhysical(long address, byte[] target) throws MachineException {
        needStop();
        int n = address < 0 || address >= ram.length ? 0 : (int) Math.min(target.length, ram.length - address);
        System.arraycopy(ram, (int) Math.min(Math.max(address, 0), ram.length), target, 0, n);
        return n;
    }

    @Override
    public boolean writePhysical(long address, byte[] source) throws MachineException {
        needStop();
        if (address < 0 || address > ram.length - source.length) {
            return false;
        }
        System.arraycopy(source, 0, ram, (int) address, source.length);
        return true;
    }

    @Override
    public void close() {
        asked.add("let go " + Arrays.toString(points.toArray()));
    }
}
