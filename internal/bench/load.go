package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// sample is the result of one round of load.
type sample struct {
	perSecond float64
	p50, p99  time.Duration
	cpu       time.Duration // of the server and its database, per request; 0 when unknown
}

// sendLoad sends requests over n connections for a while. Each connection sends its next
// request after the last answer. An answer other than 200 is an error.
func sendLoad(ctx context.Context, target *node, n int, length time.Duration, requests [][]byte) (sample, error) {
	ctx, cancel := context.WithTimeout(ctx, length)
	defer cancel()
	before, start := cpuTime(target), time.Now()
	var mu sync.Mutex
	var all []time.Duration
	var failed error
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			took, err := sendRequests(ctx, target.addr, requests, i)
			mu.Lock()
			defer mu.Unlock()
			all = append(all, took...)
			failed = cmp.Or(failed, err)
		})
	}
	wg.Wait()
	elapsed := time.Since(start)
	if failed != nil || len(all) == 0 {
		return sample{}, fmt.Errorf("load: %d answers, %w", len(all), failed)
	}
	slices.Sort(all)
	return sample{
		perSecond: float64(len(all)) / elapsed.Seconds(),
		p50:       all[len(all)/2], p99: all[len(all)*99/100],
		cpu: (cpuTime(target) - before) / time.Duration(len(all)),
	}, nil
}

// sendRequests uses a minimal HTTP client, so that the load generator takes little CPU time
// from the server on the same machine.
func sendRequests(ctx context.Context, addr string, requests [][]byte, first int) ([]time.Duration, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	r := bufio.NewReader(conn)
	var took []time.Duration
	for i := first; ctx.Err() == nil; i++ {
		start := time.Now()
		if _, err := conn.Write(requests[i%len(requests)]); err != nil {
			return took, err
		}
		if err := readAnswer(r); err != nil {
			return took, err
		}
		took = append(took, time.Since(start))
	}
	return took, nil
}

func readAnswer(r *bufio.Reader) error {
	length, chunked := int64(0), false
	for first := true; ; first = false {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return err
		}
		if first && !bytes.HasPrefix(line, []byte("HTTP/1.1 200 ")) {
			return fmt.Errorf("answer %q", bytes.TrimSpace(line))
		}
		if v, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			if length, err = strconv.ParseInt(string(bytes.TrimSpace(v)), 10, 64); err != nil {
				return err
			}
		}
		chunked = chunked || bytes.HasPrefix(line, []byte("Transfer-Encoding: chunked"))
		if len(bytes.TrimSpace(line)) > 0 {
			continue
		}
		if chunked {
			return skipChunks(r)
		}
		_, err = io.CopyN(io.Discard, r, length)
		return err
	}
}

// skipChunks reads a chunked body to its end.
func skipChunks(r *bufio.Reader) error {
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return err
		}
		size, err := strconv.ParseInt(string(bytes.TrimSpace(line)), 16, 64)
		if err != nil {
			return err
		}
		if _, err := io.CopyN(io.Discard, r, size+2); err != nil { // and the end of the line
			return err
		}
		if size == 0 {
			return nil
		}
	}
}

// get returns a GET request with a session token.
func get(path, token string) []byte {
	return []byte("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token + "\r\n\r\n")
}

// cpuTime returns the CPU time that a node and the processes of PostgreSQL have used so
// far. It is 0 where there is no /proc.
func cpuTime(n *node) time.Duration {
	const tick = 10 * time.Millisecond // USER_HZ is 100 on every Linux
	var ticks int64
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0
	}
	own := fmt.Sprintf("/proc/%d/stat", n.cmd.Process.Pid)
	for _, file := range stats {
		text, err := os.ReadFile(file)
		if err != nil || file != own && !bytes.Contains(text, []byte("(postgres)")) {
			continue
		}
		fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
		for _, i := range []int{11, 12} { // utime, stime
			t, err := strconv.ParseInt(fields[i], 10, 64)
			if err == nil {
				ticks += t
			}
		}
	}
	return time.Duration(ticks) * tick
}

// median returns, for each measure, the median over rounds.
func median(rounds []sample) sample {
	return sample{
		perSecond: middle(rounds, func(s sample) float64 { return s.perSecond }),
		p50:       middle(rounds, func(s sample) time.Duration { return s.p50 }),
		p99:       middle(rounds, func(s sample) time.Duration { return s.p99 }),
		cpu:       middle(rounds, func(s sample) time.Duration { return s.cpu }),
	}
}

func middle[T cmp.Ordered](rounds []sample, of func(sample) T) T {
	var all []T
	for _, s := range rounds {
		all = append(all, of(s))
	}
	slices.Sort(all)
	return all[len(all)/2]
}
