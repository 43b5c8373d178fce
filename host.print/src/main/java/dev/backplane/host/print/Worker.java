package dev.backplane.host.print;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does tasks one after the other, on a virtual thread that is there only while there is work. A task that fails stays
 * the first, and nothing goes on until somebody says so. Threading: any thread.
 */
final class Worker {
    private static final Logger LOG = LoggerFactory.getLogger(Worker.class);

    /** Does one task; off all locks, one at a time. */
    @FunctionalInterface
    interface Doer {
        /**
         * @throws IOException          if it cannot be done now; the message is for the user
         * @throws InterruptedException if the work is to stand still: it is done again from the start
         */
        void run(Task task) throws IOException, InterruptedException;
    }

    private final String name;
    private final Doer doer;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition stopped = lock.newCondition();
    private final Deque<Task> tasks = new ArrayDeque<>();
    private Thread thread;
    private boolean held = true;
    private String problem;
    private List<CompletableFuture<Void>> waiting = new ArrayList<>();

    Worker(String name, Doer doer) {
        this.name = name;
        this.doer = doer;
    }

    void add(Task task) {
        lock.lock();
        try {
            tasks.add(task);
            begin();
        } finally {
            lock.unlock();
        }
    }

    private void begin() {
        if (thread == null && !held && problem == null && !tasks.isEmpty()) {
            thread = Thread.ofVirtual().name(name).start(this::work);
        }
    }

    private void work() {
        while (true) {
            Task task;
            lock.lock();
            try {
                task = held || problem != null ? null : tasks.peek();
                if (task == null) {
                    thread = null;
                    stopped.signalAll();
                    waiting.forEach(w -> w.complete(null));
                    waiting = new ArrayList<>();
                    return;
                }
            } finally {
                lock.unlock();
            }
            done(task);
        }
    }

    private void done(Task task) {
        String wrong = null;
        boolean complete = false;
        try {
            doer.run(task);
            complete = true;
        } catch (InterruptedException e) {
            LOG.debug("{}: interrupted", name);
        } catch (IOException e) {
            // a file that is in use when the thread is interrupted is closed with an exception of its own
            if (!holding()) {
                LOG.warn("{}: {}", name, e.getMessage(), e);
                wrong = e.getMessage();
            }
        } catch (RuntimeException e) {
            // what one page does to the PDF library must not stop the printer for good
            LOG.error("{}: a {} was dropped", name, task.getClass().getSimpleName(), e);
            complete = true;
        }
        lock.lock();
        try {
            problem = wrong;
            if (complete) {
                tasks.remove();
            }
        } finally {
            lock.unlock();
        }
    }

    private boolean holding() {
        lock.lock();
        try {
            return held;
        } finally {
            lock.unlock();
        }
    }

    /** Stands still as soon as it can; the future is complete when it does. */
    CompletableFuture<Void> hold() {
        lock.lock();
        try {
            held = true;
            CompletableFuture<Void> still = new CompletableFuture<>();
            if (thread == null) {
                still.complete(null);
            } else {
                waiting.add(still);
                thread.interrupt();
            }
            return still;
        } finally {
            lock.unlock();
        }
    }

    void resume() {
        lock.lock();
        try {
            held = false;
            begin();
        } finally {
            lock.unlock();
        }
    }

    /** Goes on after a problem. */
    void retry() {
        lock.lock();
        try {
            problem = null;
            begin();
        } finally {
            lock.unlock();
        }
    }

    String problem() {
        lock.lock();
        try {
            return problem;
        } finally {
            lock.unlock();
        }
    }

    int pending() {
        lock.lock();
        try {
            return tasks.size();
        } finally {
            lock.unlock();
        }
    }

    /** What is not done; of a worker that is held. */
    List<Task> tasks() {
        lock.lock();
        try {
            return List.copyOf(tasks);
        } finally {
            lock.unlock();
        }
    }

    /** Waits until it stands still; for the end. */
    void close() {
        hold();
        lock.lock();
        try {
            while (thread != null) {
                stopped.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }
}
