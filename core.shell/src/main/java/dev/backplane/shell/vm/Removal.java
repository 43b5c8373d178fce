package dev.backplane.shell.vm;

import dev.backplane.api.machine.CardView;
import dev.backplane.api.machine.Machine;
import dev.backplane.api.machine.MachineException;
import dev.backplane.api.shell.CommandException;
import dev.backplane.shell.command.Invocation;
import dev.backplane.shell.text.Suggestions;
import dev.backplane.shell.view.Answer;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** Takes cards out of a machine; a guest is asked for all of them at the same time. */
final class Removal {

    private final Machines machines;

    Removal(Machines machines) {
        this.machines = machines;
    }

    Answer run(Invocation invocation) throws CommandException, InterruptedException {
        Machine machine = machines.machine(invocation.arguments().at(0));
        Set<String> ids = new LinkedHashSet<>(invocation.arguments().from(1));
        List<String> cards = machine.view().cards().stream().map(CardView::id).toList();
        for (String id : ids) {
            if (!cards.contains(id)) {
                throw new CommandException(machine.name() + " has no card \"" + id + "\""
                        + (cards.isEmpty() ? "; it has none" : Suggestions.hint(id, cards)));
            }
        }
        return answer(machine, takeOut(machine, ids, invocation.arguments().has("force")));
    }

    /** What became of each: null if it is out, or why it is not. */
    private static Map<String, Exception> takeOut(Machine machine, Set<String> ids, boolean force)
            throws InterruptedException {
        Map<String, FutureTask<Void>> requests = new LinkedHashMap<>();
        for (String id : ids) {
            FutureTask<Void> request = new FutureTask<>(() -> {
                machine.remove(id, force);
                return null;
            });
            requests.put(id, request);
            Thread.ofVirtual().name("remove " + id).start(request);
        }
        Map<String, Exception> outcomes = new LinkedHashMap<>();
        for (Map.Entry<String, FutureTask<Void>> request : requests.entrySet()) {
            try {
                request.getValue().get();
                outcomes.put(request.getKey(), null);
            } catch (ExecutionException e) {
                switch (e.getCause()) {
                    case MachineException problem -> outcomes.put(request.getKey(), problem);
                    case RuntimeException problem -> throw problem;
                    case Error problem -> throw problem;
                    default -> throw new IllegalStateException(e.getCause());
                }
            }
        }
        return outcomes;
    }

    private static Answer answer(Machine machine, Map<String, Exception> outcomes) throws CommandException {
        List<String> out = outcomes.keySet().stream().filter(id -> outcomes.get(id) == null).toList();
        List<String> problems = outcomes.values().stream().filter(problem -> problem != null)
                .map(Exception::getMessage).toList();
        if (!problems.isEmpty()) {
            throw new CommandException(String.join("; ", problems)
                    + (out.isEmpty() ? "" : " (" + String.join(", ", out) + " removed)"));
        }
        return new Answer(String.join(" ", out), machine.name() + ": " + String.join(", ", out) + " removed");
    }
}
