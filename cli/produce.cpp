// kcli produce: lines from standard input or a file, each a record.
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>

#include <klamm/producer.hpp>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/position.hpp"
#include "cli/record_format.hpp"
#include "cli/text.hpp"
#include "cli/usage.hpp"

namespace klamm::cli {
namespace {

enum class input_form { line, json, raw };

struct produce_arguments {
  std::string topic, file = "-";
  std::optional<std::string> key, delimiter, time;
  std::vector<std::string> headers;
  int partition = -1;
  Codec codec = Codec::none;
  input_form form = input_form::line;
  bool empty_is_null = false;
};

std::vector<HeaderRef> parse_headers(const std::vector<std::string>& texts) {
  std::vector<HeaderRef> headers;
  for (const std::string_view text : texts) {
    const auto equals = text.find('=');
    const bool valueless = equals == std::string_view::npos;
    headers.push_back({text.substr(0, equals), valueless ? BytesView() : BytesView(text.substr(equals + 1))});
  }
  return headers;
}

class producing {
 public:
  producing(const session& in, const produce_arguments& wanted)
      : in_(in), wanted_(wanted), headers_(parse_headers(wanted.headers)) {
    if (wanted.time) {
      const auto now = std::chrono::floor<Millis>(std::chrono::system_clock::now());
      time_ = of_option("--ts", [&] { return parse_time(*wanted.time, now); });
    }
    if (wanted.delimiter) delimiter_ = unescape(*wanted.delimiter);
    auto [client, options] = in.producer();
    if (wanted.codec != Codec::none) options.compression = {wanted.codec, {}};
    options.on_delivery = [](const BatchReport& report) {
      if (!report.error) return;
      std::cerr << "kcli: " << report.records << " record(s) lost: " << *report.error << '\n';
    };
    producer_.emplace(std::move(client), std::move(options));
  }

  int run(std::istream& from) {
    if (wanted_.form == input_form::raw) {
      const std::string all{std::istreambuf_iterator<char>(from), {}};
      send(all);
    } else {
      std::string line;
      for (int number = 1; !in_.stop().stop_requested() && std::getline(from, line); ++number)
        take(line, number);
    }
    const auto report = producer_->close(forever);
    return report && skipped_ == 0 ? ok : item_failed;
  }

 private:
  void take(const std::string& line, int number) {
    if (wanted_.form == input_form::line) return send(line);
    try {
      send_json(parse_json_record(line));
    } catch (const std::invalid_argument& e) {
      std::cerr << "kcli: line " << number << " was left out: " << e.what() << '\n';
      ++skipped_;
    }
  }

  void send(std::string_view text) {
    RecordRef record{.topic = wanted_.topic,
                     .key = wanted_.key,
                     .value = text,
                     .headers = headers_,
                     .partition = Partition(wanted_.partition),
                     .timestamp = time_};
    if (const auto at = delimiter_ ? text.find(*delimiter_) : text.npos; at != text.npos) {
      record.key = text.substr(0, at);
      record.value = text.substr(at + delimiter_->size());
    }
    if (wanted_.empty_is_null) {
      if (record.key.empty()) record.key = nullptr;
      if (record.value.empty()) record.value = nullptr;
    }
    producer_->send(record);
  }

  // Topic and partition are the command's, so that an export goes where the user says; the rest is the line's.
  void send_json(const Record& read) {
    RecordRef record = read;
    record.topic = wanted_.topic;
    record.partition = Partition(wanted_.partition);
    record.timestamp = time_                          ? time_
                       : read.timestamp < Timestamp{} ? std::nullopt
                                                      : std::optional(read.timestamp);
    producer_->send(record);
  }

  const session& in_;
  const produce_arguments& wanted_;
  std::vector<HeaderRef> headers_;
  std::optional<Timestamp> time_;
  std::optional<std::string> delimiter_;
  int skipped_ = 0;
  std::optional<Producer> producer_;
};

int produce(const session& in, const produce_arguments& wanted) {
  producing all(in, wanted);
  session::reach(in.producer().first);
  if (wanted.file == "-") return all.run(std::cin);
  std::ifstream file(wanted.file, std::ios::binary);
  if (!file) {
    std::cerr << "kcli: cannot read " << wanted.file << '\n';
    return usage;
  }
  return all.run(file);
}

}  // namespace

void declare_produce(CLI::App& app, session& in) {
  auto* verb = app.add_subcommand("produce", "send records: a line each, from standard input or a file");
  const auto wanted = std::make_shared<produce_arguments>();
  const std::map<std::string, Codec> codecs{{"none", Codec::none},
                                            {"gzip", Codec::gzip},
                                            {"snappy", Codec::snappy},
                                            {"lz4", Codec::lz4},
                                            {"zstd", Codec::zstd}};
  const std::map<std::string, input_form> forms{
      {"line", input_form::line}, {"json", input_form::json}, {"raw", input_form::raw}};
  verb->add_option("TOPIC", wanted->topic, "where to")->required();
  verb->add_option("FILE", wanted->file, "what to send; - is standard input")->capture_default_str();
  verb->add_option("-k,--key", wanted->key, "the key of every record");
  verb->add_option("-K,--key-delimiter", wanted->delimiter, "splits each line into key and value");
  verb->add_option("-H,--header", wanted->headers, "a header of every record, NAME=VALUE")
      ->allow_extra_args(false);
  verb->add_option("-p,--partition", wanted->partition, "the partition (default: by key, or spread)");
  verb->add_option("--ts", wanted->time, "the timestamp of every record (see consume -o for the forms)");
  verb->add_option("-z,--compress", wanted->codec, "none, gzip, snappy, lz4 or zstd")
      ->transform(CLI::CheckedTransformer(codecs));
  verb->add_option("-F,--form", wanted->form,
                   "line: a record a line; json: what consume prints; raw: one record")
      ->transform(CLI::CheckedTransformer(forms));
  verb->add_flag("-Z,--empty-is-null", wanted->empty_is_null, "send null for an empty key or value");
  verb->callback([&in, wanted] { in.run = [&in, wanted] { return produce(in, *wanted); }; });
}

}  // namespace klamm::cli
