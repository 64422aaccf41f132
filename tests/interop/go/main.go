// A client over franz-go, for the interop cases:
//
//	gopeer BOOTSTRAP produce TOPIC CODEC      lines "key:value" from standard input, acknowledged by all replicas
//	gopeer BOOTSTRAP consume TOPIC COUNT      prints the first COUNT records as "key:value"
//	gopeer BOOTSTRAP member TOPIC GROUP       prints records, and "owns N" as assignments change; commits and leaves on SIGTERM
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

var codecs = map[string]kgo.CompressionCodec{
	"none":   kgo.NoCompression(),
	"gzip":   kgo.GzipCompression(),
	"snappy": kgo.SnappyCompression(),
	"lz4":    kgo.Lz4Compression(),
	"zstd":   kgo.ZstdCompression(),
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "gopeer:", err)
		os.Exit(1)
	}
}

func connect(options ...kgo.Opt) *kgo.Client {
	client, err := kgo.NewClient(append(options, kgo.SeedBrokers(os.Args[1]))...)
	check(err)
	return client
}

func produce(ctx context.Context, topic, codec string) {
	client := connect(kgo.DefaultProduceTopic(topic), kgo.ProducerBatchCompression(codecs[codec]), kgo.ProducerLinger(5*time.Millisecond))
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		key, value, _ := strings.Cut(lines.Text(), ":")
		client.Produce(ctx, kgo.KeySliceRecord([]byte(key), []byte(value)), func(_ *kgo.Record, err error) { check(err) })
	}
	check(lines.Err())
	check(client.Flush(ctx))
	client.Close()
}

func show(out *bufio.Writer, fetches kgo.Fetches) int {
	for _, failed := range fetches.Errors() {
		if failed.Err != context.Canceled {
			check(failed.Err)
		}
	}
	fetches.EachRecord(func(record *kgo.Record) { fmt.Fprintf(out, "%s:%s\n", record.Key, record.Value) })
	return fetches.NumRecords()
}

func consume(ctx context.Context, topic, count string) {
	left, err := strconv.Atoi(count)
	check(err)
	client := connect(kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	out := bufio.NewWriter(os.Stdout)
	for left > 0 {
		check(ctx.Err())
		left -= show(out, client.PollRecords(ctx, left))
	}
	check(out.Flush())
	client.Close()
}

func member(ctx context.Context, topic, group string) {
	out := bufio.NewWriter(os.Stdout)
	var lock sync.Mutex // assignments are told on another goroutine than the one that polls
	owned := 0
	changed := func(sign int) func(context.Context, *kgo.Client, map[string][]int32) {
		return func(_ context.Context, _ *kgo.Client, partitions map[string][]int32) {
			lock.Lock()
			defer lock.Unlock()
			owned += sign * len(partitions[topic])
			fmt.Fprintf(out, "owns %d\n", owned)
			check(out.Flush())
		}
	}
	client := connect(kgo.ConsumeTopics(topic), kgo.ConsumerGroup(group), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.OnPartitionsAssigned(changed(1)), kgo.OnPartitionsRevoked(changed(-1)), kgo.OnPartitionsLost(changed(-1)))
	for ctx.Err() == nil {
		fetches := client.PollFetches(ctx)
		lock.Lock()
		show(out, fetches)
		check(out.Flush())
		lock.Unlock()
	}
	check(client.CommitUncommittedOffsets(context.Background()))
	client.Close()
}

func main() {
	verbs := map[string]func(context.Context, string, string){"produce": produce, "consume": consume, "member": member}
	if len(os.Args) != 5 || verbs[os.Args[2]] == nil {
		fmt.Fprintln(os.Stderr, "usage: gopeer BOOTSTRAP produce|consume|member TOPIC CODEC|COUNT|GROUP")
		os.Exit(2)
	}
	limited, done := context.WithTimeout(context.Background(), 2*time.Minute)
	defer done()
	ctx, stop := signal.NotifyContext(limited, syscall.SIGTERM, os.Interrupt)
	defer stop()
	verbs[os.Args[2]](ctx, os.Args[3], os.Args[4])
}
