package dev.backplane.host.net.user;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** The name servers of the host, and the host's own way to find addresses. */
final class Resolvers {
    private static final Path FILE = Path.of("/etc/resolv.conf");
    private static final long AGE = 5_000_000_000L;
    static final int MOST = 3;
    private static final int MAX_LINES = 1000;
    private static final int SECONDS = 60;

    private final List<InetSocketAddress> chosen;
    private List<InetSocketAddress> servers;
    private long readAt;
    private boolean read;

    /** @param chosen those to ask; none for those of the host */
    Resolvers(List<InetSocketAddress> chosen) {
        this.chosen = chosen;
        servers = chosen;
    }

    /** Whom to ask, the best first; may be empty. Called on the network's thread. */
    List<InetSocketAddress> servers(long now) {
        if (chosen.isEmpty() && (!read || now - readAt > AGE)) {
            read = true;
            readAt = now;
            List<InetSocketAddress> found = readFile();
            if (!Set.copyOf(found).equals(Set.copyOf(servers))) {
                servers = found;
            }
        }
        return servers;
    }

    /** A server (or null) has answered: if it is one of them, it is asked first from now on. On the network's thread. */
    void answered(InetSocketAddress server) {
        int at = server == null ? -1 : servers.indexOf(server);
        if (at > 0) {
            List<InetSocketAddress> better = new ArrayList<>(servers);
            better.addFirst(better.remove(at));
            servers = List.copyOf(better);
        }
    }

    /** The one to ask after another (or null); null if there is none. Called on the network's thread. */
    InetSocketAddress after(InetSocketAddress server, long now) {
        List<InetSocketAddress> all = servers(now);
        int at = server == null ? -1 : all.indexOf(server);
        return all.isEmpty() ? null : all.get((at + 1) % all.size());
    }

    private static List<InetSocketAddress> readFile() {
        List<InetSocketAddress> found = new ArrayList<>();
        try (var lines = Files.lines(FILE)) {
            for (String line : (Iterable<String>) lines.limit(MAX_LINES)::iterator) {
                String[] words = line.strip().split("\\s+");
                if (words.length >= 2 && words[0].equals("nameserver") && found.size() < MOST) {
                    try {
                        found.add(new InetSocketAddress(InetAddress.ofLiteral(words[1]), Config.DNS_PORT));
                    } catch (IllegalArgumentException e) {
                        // a scoped or misspelt address: not one that can be asked
                    }
                }
            }
        } catch (IOException | java.io.UncheckedIOException e) {
            return List.copyOf(found);
        }
        return List.copyOf(found);
    }

    /**
     * Answers a query for an address with what the host finds. Blocks.
     *
     * @return an answer, perhaps that there is none; null if the query makes no sense
     */
    static byte[] answer(byte[] query) {
        try {
            Message asked = new Message(query);
            Record question = asked.getQuestion();
            if (question == null || asked.getHeader().getFlag(Flags.QR)) {
                return null;
            }
            Message answer = new Message(asked.getHeader().getID());
            answer.getHeader().setFlag(Flags.QR);
            answer.getHeader().setFlag(Flags.RA);
            if (asked.getHeader().getFlag(Flags.RD)) {
                answer.getHeader().setFlag(Flags.RD);
            }
            answer.addRecord(question, Section.QUESTION);
            boolean addresses = question.getType() == Type.A || question.getType() == Type.AAAA;
            if (!addresses || question.getDClass() != DClass.IN) {
                answer.getHeader().setRcode(Rcode.NOTIMP);
            } else {
                answer.getHeader().setRcode(find(question, answer));
            }
            return answer.toWire(1232);
        } catch (IOException | RuntimeException e) {
            // a hostile query: it gets no answer
            return null;
        }
    }

    private static int find(Record question, Message answer) {
        Name name = question.getName();
        try {
            for (InetAddress address : InetAddress.getAllByName(name.toString(true))) {
                if (address.getAddress().length == 4 && question.getType() == Type.A) {
                    answer.addRecord(new ARecord(name, DClass.IN, SECONDS, address), Section.ANSWER);
                } else if (address.getAddress().length == 16 && question.getType() == Type.AAAA) {
                    answer.addRecord(new AAAARecord(name, DClass.IN, SECONDS, address), Section.ANSWER);
                }
            }
            return Rcode.NOERROR;
        } catch (UnknownHostException e) {
            return Rcode.SERVFAIL;
        }
    }
}
