import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.GroupSubscription;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Subscription;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.RangeAssignor;
import org.apache.kafka.clients.consumer.RoundRobinAssignor;
import org.apache.kafka.clients.consumer.StickyAssignor;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;

/**
 * AssignorVectors COUNT SEED: prints random groups and what Java's assignors give their members, one a line, as tests/wire/vectors has
 * them. Groups come in runs of up to five: a first one, then what becomes of it when members, subscriptions and topics change.
 */
public final class AssignorVectors {
    private static final Map<String, Supplier<ConsumerPartitionAssignor>> ASSIGNORS = new LinkedHashMap<>();
    /** Appended to every name, they change the order of each hash table and no comparison: all names of a kind are equally long. */
    private static final List<String> SPELLINGS = List.of("", "!", "#1", "%ab", "Xyz", "-0000", "~~", "@9", "_name", "QQQQQQQ");

    static {
        ASSIGNORS.put("range", RangeAssignor::new);
        ASSIGNORS.put("roundrobin", RoundRobinAssignor::new);
        ASSIGNORS.put("sticky", StickyAssignor::new);
        ASSIGNORS.put("cooperative-sticky", CooperativeStickyAssignor::new);
    }

    /** Racks of each partition's replicas; null: nobody knows them. */
    private record Topic(int partitions, List<List<String>> racks) {}

    private record Member(String id, String instance, String rack, int generation, List<String> topics, List<TopicPartition> owned) {}

    /** Java's sticky assignors break off over some groups ("No more unfilled consumers to be assigned"): nothing is there to be equal to. */
    private static final Map<String, List<TopicPartition>> REFUSED = Map.of("refused", List.of());

    private record Group(String kind, Map<String, Topic> topics, List<Member> members) {}

    private final Random random;
    private final ObjectMapper mapper = new ObjectMapper();

    private AssignorVectors(long seed) {
        random = new Random(seed);
    }

    public static void main(String[] args) throws Exception {
        try (PrintStream out = new PrintStream(System.out, false)) {
            new AssignorVectors(Long.parseLong(args[1])).print(Integer.parseInt(args[0]), out);
        }
    }

    private void print(int count, PrintStream out) throws Exception {
        Group group = null;
        for (int id = 0, step = 0; id < count; id++) {
            if (group == null || step == 5) {
                step = 0;
            }
            group = step == 0 ? first() : random.nextInt(6) == 0 ? claimed(group) : changed(group, step);
            step += 1;
            ObjectNode line = shown(id, group);
            Map<String, Map<String, List<TopicPartition>>> given = new HashMap<>();
            ArrayNode orderMatters = mapper.createArrayNode();
            for (String name : ASSIGNORS.keySet()) {
                Group asked = group;
                List<Map<String, List<TopicPartition>>> results =
                    SPELLINGS.stream().map(spelling -> assign(name, asked, spelling)).distinct().toList();
                if (results.size() > 1 || !wanted(asked, results.get(0))) {
                    orderMatters.add(name);
                }
                if (!results.contains(REFUSED)) {
                    given.put(name, results.get(0));
                }
            }
            line.set("assignments", mapper.valueToTree(pairs(given)));
            line.set("order_matters", orderMatters);
            out.println(mapper.writeValueAsString(line));
            group = owning(group, given.get(any(given.keySet())), step);
        }
    }

    // ---- groups

    private Group first() {
        boolean large = random.nextInt(40) == 0;
        boolean racks = random.nextInt(3) == 0;
        Map<String, Topic> topics = new TreeMap<>();
        int count = 1 + random.nextInt(large ? 20 : 5);
        for (int i = 0; i < count; i++) {
            topics.put(topicName(i), topic(1 + random.nextInt(large ? 30 : 9), racks));
        }
        boolean alike = random.nextInt(2) == 0;
        List<Member> members = new ArrayList<>();
        int size = 1 + random.nextInt(large ? 40 : 8);
        List<String> all = new ArrayList<>(topics.keySet());
        for (int i = 0; i < size; i++) {
            members.add(newcomer(alike ? all : some(all), racks));
        }
        return new Group("first", topics, members);
    }

    /** Members leave, come, and want other topics; topics grow, go and come. */
    private Group changed(Group before, int step) {
        boolean racks = before.topics.values().stream().anyMatch(topic -> topic.racks != null);
        Map<String, Topic> topics = new TreeMap<>(before.topics);
        if (random.nextInt(4) == 0 && topics.size() > 1) {
            topics.remove(any(topics.keySet()));
        }
        if (random.nextInt(4) == 0) {
            String grown = any(topics.keySet());
            topics.put(grown, topic(topics.get(grown).partitions + 1 + random.nextInt(4), racks));
        }
        if (random.nextInt(4) == 0) {
            topics.put(topicName(30 + step), topic(1 + random.nextInt(6), racks));
        }
        List<Member> members = new ArrayList<>(before.members);
        for (int gone = random.nextInt(3); gone > 0 && members.size() > 1; gone--) {
            members.remove(random.nextInt(members.size()));
        }
        List<String> all = new ArrayList<>(topics.keySet());
        if (random.nextInt(4) == 0) {
            Member m = members.remove(random.nextInt(members.size()));
            members.add(new Member(m.id, m.instance, m.rack, m.generation, some(all), m.owned));
        }
        for (int come = random.nextInt(3); come > 0; come--) {
            members.add(newcomer(random.nextBoolean() ? members.get(0).topics : some(all), racks));
        }
        return new Group("rebalance-" + step, topics, members);
    }

    /** The same members, who say that they own anything whatever, of any generation: two of them the same partition, too. */
    private Group claimed(Group before) {
        List<TopicPartition> all = new ArrayList<>();
        before.topics.forEach((name, topic) -> IntStream.range(0, topic.partitions).forEach(p -> all.add(new TopicPartition(name, p))));
        List<Member> members = new ArrayList<>();
        for (Member m : before.members) {
            List<TopicPartition> owned = new ArrayList<>();
            all.stream().filter(at -> random.nextInt(4) == 0).forEach(owned::add);
            int generation = owned.isEmpty() ? -1 : random.nextInt(4) - (random.nextInt(5) == 0 ? 1 : 0);
            members.add(new Member(m.id, m.instance, m.rack, generation, m.topics, owned));
        }
        return new Group("conflicting-claims", before.topics, members);
    }

    private static Group owning(Group group, Map<String, List<TopicPartition>> given, int generation) {
        List<Member> members = new ArrayList<>();
        for (Member m : group.members) {
            members.add(new Member(m.id, m.instance, m.rack, generation, m.topics, given.get(m.id)));
        }
        return new Group(group.kind, group.topics, members);
    }

    private static String topicName(int number) {
        return String.format("topic-%02d", number);
    }

    private Topic topic(int partitions, boolean racks) {
        List<List<String>> of = new ArrayList<>();
        for (int p = 0; p < partitions; p++) {
            List<String> some = new ArrayList<>(List.of("a", "b", "c"));
            Collections.shuffle(some, random);
            of.add(some.subList(0, 1 + random.nextInt(2)));
        }
        return new Topic(partitions, racks ? of : null);
    }

    private Member newcomer(List<String> topics, boolean racks) {
        String instance = random.nextInt(4) == 0 ? String.format("instance-%08x", random.nextInt()) : null;
        String rack = racks && random.nextInt(8) != 0 ? List.of("a", "b", "c").get(random.nextInt(3)) : null;
        return new Member(String.format("consumer-%08x", random.nextInt()), instance, rack, -1, topics, List.of());
    }

    private List<String> some(List<String> all) {
        List<String> chosen = new ArrayList<>();
        all.stream().filter(name -> random.nextBoolean()).forEach(chosen::add);
        if (random.nextInt(10) == 0) {
            chosen.add("topic-no"); // that is not there
        }
        return chosen.isEmpty() ? List.of(all.get(random.nextInt(all.size()))) : chosen;
    }

    private <T> T any(Set<T> of) {
        return new ArrayList<>(of).get(random.nextInt(of.size()));
    }

    // ---- what Java's assignors make of them

    private static Map<String, List<TopicPartition>> assign(String assignor, Group group, String spelling) {
        Map<String, Subscription> subscriptions = new HashMap<>();
        for (Member member : group.members) {
            subscriptions.put(member.id + spelling, subscription(assignor, member, spelling));
        }
        try {
            Map<String, List<TopicPartition>> result = new TreeMap<>();
            ASSIGNORS.get(assignor).get().assign(cluster(group, spelling), new GroupSubscription(subscriptions)).groupAssignment()
                .forEach((id, given) -> result.put(unspelled(id, spelling), sorted(given.partitions(), spelling)));
            return result;
        } catch (IllegalStateException | NullPointerException brokenOff) {
            return REFUSED;
        }
    }

    private static List<TopicPartition> sorted(List<TopicPartition> partitions, String spelling) {
        return partitions.stream().map(at -> new TopicPartition(unspelled(at.topic(), spelling), at.partition()))
            .sorted(Comparator.comparing(TopicPartition::topic).thenComparing(TopicPartition::partition)).toList();
    }

    /** Not so where members claim what they do not subscribe to: Java's sticky assignors may then give it to them. */
    private static boolean wanted(Group group, Map<String, List<TopicPartition>> given) {
        return group.members.stream().allMatch(member ->
            given.getOrDefault(member.id, List.of()).stream().allMatch(at -> member.topics.contains(at.topic())));
    }

    private static String unspelled(String name, String spelling) {
        return name.substring(0, name.length() - spelling.length());
    }

    private static Subscription subscription(String assignor, Member member, String spelling) {
        List<String> topics = member.topics.stream().map(name -> name + spelling).toList();
        List<TopicPartition> owned = member.owned.stream().map(at -> new TopicPartition(at.topic() + spelling, at.partition())).toList();
        Subscription subscription = new Subscription(topics, userData(assignor, member, spelling), owned, member.generation,
            Optional.ofNullable(member.rack).map(rack -> rack + spelling));
        subscription.setGroupInstanceId(Optional.ofNullable(member.instance).map(name -> name + spelling));
        return subscription;
    }

    /** As the member's own assignor makes it, which was told in the last rebalance what it owns. */
    @SuppressWarnings("removal") // there is no other way to say a generation
    private static ByteBuffer userData(String name, Member member, String spelling) {
        ConsumerPartitionAssignor assignor = ASSIGNORS.get(name).get();
        if (member.generation >= 0) {
            List<TopicPartition> owned =
                member.owned.stream().map(at -> new TopicPartition(at.topic() + spelling, at.partition())).toList();
            assignor.onAssignment(new ConsumerPartitionAssignor.Assignment(owned),
                new ConsumerGroupMetadata("group", member.generation, member.id, Optional.empty()));
        }
        return assignor.subscriptionUserData(Set.copyOf(member.topics));
    }

    private static Cluster cluster(Group group, String spelling) {
        Map<String, Node> nodes = new HashMap<>();
        List<PartitionInfo> partitions = new ArrayList<>();
        group.topics.forEach((name, topic) -> {
            for (int p = 0; p < topic.partitions; p++) {
                List<String> racks = topic.racks == null ? List.of("") : topic.racks.get(p);
                Node[] replicas = racks.stream().map(rack -> nodes.computeIfAbsent(rack, r -> node(nodes.size(), r, spelling)))
                    .toArray(Node[]::new);
                partitions.add(new PartitionInfo(name + spelling, p, replicas[0], replicas, replicas));
            }
        });
        return new Cluster("cluster", nodes.values(), partitions, Set.of(), Set.of());
    }

    private static Node node(int id, String rack, String spelling) {
        return new Node(id, "localhost", 9092 + id, rack.isEmpty() ? null : rack + spelling);
    }

    // ---- JSON

    private ObjectNode shown(int id, Group group) {
        ObjectNode line = mapper.createObjectNode().put("id", id).put("kind", group.kind);
        ObjectNode topics = line.putObject("topics");
        group.topics.forEach((name, topic) -> {
            ObjectNode shown = topics.putObject(name).put("partitions", topic.partitions);
            if (topic.racks != null) {
                shown.set("replica_racks", mapper.valueToTree(topic.racks));
            }
        });
        ArrayNode members = line.putArray("members");
        for (Member member : group.members) {
            ObjectNode shown = members.addObject().put("id", member.id).put("instance_id", member.instance).put("rack", member.rack);
            shown.put("generation", member.generation);
            shown.set("topics", mapper.valueToTree(member.topics));
            shown.set("owned", mapper.valueToTree(pairs(member.owned)));
            ObjectNode userData = shown.putObject("user_data_hex");
            for (String name : List.of("sticky", "cooperative-sticky")) {
                ByteBuffer data = userData(name, member, "");
                userData.put(name, data == null ? null : HexFormat.of().formatHex(data.array(), 0, data.limit()));
            }
        }
        return line;
    }

    private static List<List<Object>> pairs(List<TopicPartition> partitions) {
        return partitions.stream().map(at -> List.<Object>of(at.topic(), at.partition())).toList();
    }

    private static Map<String, Map<String, List<List<Object>>>> pairs(Map<String, Map<String, List<TopicPartition>>> given) {
        Map<String, Map<String, List<List<Object>>>> shown = new TreeMap<>();
        given.forEach((name, members) -> {
            Map<String, List<List<Object>>> lists = new TreeMap<>();
            members.forEach((id, list) -> lists.put(id, pairs(list)));
            shown.put(name, lists);
        });
        return shown;
    }
}
