package transport

import (
	"mime"
	"net/http"
	"strconv"
	"strings"
)

const (
	jsonType        = "application/json"
	graphqlType     = "application/graphql-response+json"
	eventStreamType = "text/event-stream"
)

// accepted is what a client understands, by its Accept header (RFC 9110, 12.5.1).
type accepted struct {
	best    string // of the two forms of JSON and, where the client names it, the event stream; empty where none will do
	streams bool   // whether it would take an event stream
}

// mediaRange is one of the ranges of an Accept header.
type mediaRange struct {
	mediaType string
	quality   float64
}

// negotiate returns the form with the greatest quality, of equal ones the one named first; plain JSON where any will
// do, as clients expect that do not know the newer form.
func negotiate(r *http.Request) accepted {
	return acceptedForms.get(strings.Join(r.Header.Values("Accept"), ","), acceptedBy)
}

// acceptedForms are those of the headers that clients send.
var acceptedForms memo[accepted]

// acceptedBy returns what an Accept header allows.
func acceptedBy(header string) accepted {
	if strings.TrimSpace(header) == "" {
		return accepted{best: jsonType}
	}
	ranges := parseAccept(header)
	best, bestQuality, bestPlace := "", 0.0, 0
	for _, offered := range []string{jsonType, graphqlType, eventStreamType} {
		quality, place := qualityOf(offered, ranges)
		if quality > bestQuality || quality > 0 && quality == bestQuality && place < bestPlace {
			best, bestQuality, bestPlace = offered, quality, place
		}
	}
	streams, _ := qualityOf(eventStreamType, ranges)
	return accepted{best, streams > 0}
}

func parseAccept(header string) (ranges []mediaRange) {
	for part := range strings.SplitSeq(header, ",") {
		mediaType, params, err := mime.ParseMediaType(part)
		if err != nil && mediaType == "" {
			continue
		}
		quality, err := strconv.ParseFloat(params["q"], 64)
		if err != nil || !(quality >= 0 && quality <= 1) { // or NaN
			quality = 1
		}
		ranges = append(ranges, mediaRange{mediaType, quality})
	}
	return ranges
}

// qualityOf returns the quality of a type, and its place in the header, by the most specific range that has it. An
// event stream must be named: a client that takes anything means JSON.
func qualityOf(offered string, ranges []mediaRange) (quality float64, place int) {
	family, _, _ := strings.Cut(offered, "/")
	specific := 0
	for i, r := range ranges {
		rank := 0
		switch r.mediaType {
		case offered:
			rank = 3
		case family + "/*":
			rank = 2
		case "*/*":
			rank = 1
		}
		if offered == eventStreamType && rank < 3 {
			rank = 0
		}
		if rank > specific {
			specific, quality, place = rank, r.quality, i
		}
	}
	return quality, place
}
