package dev.backplane.machine.device;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The threads that the core lends to one instance of a card. They are in a thread group of their own, so that platform
 * threads which the card's code starts there are found in it, too. Virtual threads, and those started in a register
 * access on a vCPU's thread, are not.
 */
final class InstanceThreads {
    private final String name;
    private final ThreadGroup group;
    private final Set<Thread> lent = ConcurrentHashMap.newKeySet();

    InstanceThreads(String name) {
        this.name = name;
        group = new ThreadGroup(name);
    }

    /** Starts one. */
    Thread start(String what, Runnable work) {
        Thread thread = Thread.ofPlatform().group(group).daemon().name(name + what).unstarted(() -> {
            try {
                work.run();
            } finally {
                lent.remove(Thread.currentThread());
            }
        });
        lent.add(thread);
        thread.start();
        return thread;
    }

    /** Threads that run and were not lent: the card's code started them. */
    List<Thread> foreign() {
        Thread[] all = new Thread[group.activeCount() + 16];
        int count = group.enumerate(all);
        List<Thread> found = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            if (!lent.contains(all[i]) && all[i].isAlive()) {
                found.add(all[i]);
            }
        }
        return found;
    }
}
