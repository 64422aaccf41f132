// kcli produce: records from standard input or a file.
#include <atomic>
#include <iostream>
#include <memory>
#include <optional>

#include <klamm/producer.hpp>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/position.hpp"
#include "cli/record_input.hpp"
#include "cli/text.hpp"
#include "cli/usage.hpp"

namespace klamm::cli {
namespace {

constexpr Millis look_again(200);  // for an interrupt

enum class input_form { line, json, csv, raw };

struct produce_arguments {
  std::string topic, file = "-";
  std::optional<std::string> key, delimiter, format, time;
  std::vector<std::string> headers;
  int partition = -1;
  std::optional<Codec> codec;
  input_form form = input_form::line;
  bool empty_is_null = false;
};

void add_headers(Headers& to, const std::vector<std::string>& texts) {
  for (const std::string_view text : texts) {
    const auto equals = text.find('=');
    if (equals == text.npos || equals == 0)
      throw CLI::ValidationError("-H", "expected NAME=VALUE, not \"" + std::string(text) + '"');
    to.add(text.substr(0, equals), text.substr(equals + 1));
  }
}

std::unique_ptr<record_input> reader_of(const produce_arguments& wanted, input& from) {
  switch (wanted.form) {
    case input_form::json: return json_input(from);
    case input_form::csv: return csv_input(from);
    case input_form::raw: return raw_input(from);
    case input_form::line: break;
  }
  return line_input(from, wanted.delimiter ? std::optional(unescape(*wanted.delimiter)) : std::nullopt);
}

class producing {
 public:
  producing(const session& in, const produce_arguments& wanted) : in_(in), wanted_(wanted) {
    add_headers(headers_, wanted.headers);
    if (wanted.time) {
      const auto now = std::chrono::floor<Millis>(std::chrono::system_clock::now());
      time_ = of_option("--ts", [&] { return parse_time(*wanted.time, now); });
    }
    if (wanted.format) format_ = of_option("-f", [&] { return line_format(*wanted.format); });
    auto [client, options] = in.producer();
    if (wanted.codec) options.compression = {*wanted.codec, {}};
    options.on_delivery = [this](const BatchReport& report) {
      if (!report.error) return;
      lost_ += report.records;
      std::cerr << "kcli: " << report.records << " record(s) lost: " << *report.error << '\n';
    };
    producer_.emplace(std::move(client), std::move(options));
  }

  int run(input& from) {
    const auto reader =
        of_option("FILE", [&] { return format_ ? format_input(from, *format_) : reader_of(wanted_, from); });
    while (take_one(*reader)) {
    }
    // As long as the records may take; an interrupt bounds what is left, whenever it comes.
    while (!in_.stop().stop_requested() && producer_->flush(look_again).unresolved != 0) {
    }
    const auto report = producer_->close(in_.timeout());
    if (report.unresolved != 0)
      std::cerr << "kcli: " << report.unresolved << " record(s) were not sent in time\n";
    return report && skipped_ == 0 && lost_ == 0 ? ok : item_failed;
  }

 private:
  // False: the input is at its end. What is wrong with one record leaves out that record alone.
  bool take_one(record_input& reader) {
    try {
      auto record = reader.next();
      if (record) send(*record);
      return record.has_value();
    } catch (const std::invalid_argument& e) {
      leave_out(reader, e.what());
    } catch (const Exception& e) {
      if (e.error() != errc::message_too_large) throw;
      leave_out(reader, e.what());
    }
    return true;
  }

  void leave_out(const record_input& reader, const char* why) {
    const auto line = reader.line() == 0 ? "the record" : "line " + std::to_string(reader.line());
    std::cerr << "kcli: " << line << " was left out: " << why << '\n';
    ++skipped_;
  }

  // The command line is for every record; what it leaves open is the record's own.
  void send(Record& record) {
    record.topic = wanted_.topic;
    if (!record.key) record.key = wanted_.key;
    if (wanted_.empty_is_null) {
      if (record.key == "") record.key.reset();
      if (record.value == "") record.value.reset();
    }
    if (record.headers.empty()) record.headers = headers_;
    RecordRef sent = record;
    if (wanted_.partition >= 0) sent.partition = Partition(wanted_.partition);
    if (time_) sent.timestamp = time_;
    producer_->send(sent);
  }

  const session& in_;
  const produce_arguments& wanted_;
  Headers headers_;
  std::optional<Timestamp> time_;
  std::optional<line_format> format_;
  int skipped_ = 0;
  std::atomic<std::size_t> lost_ = 0;
  std::optional<Producer> producer_;
};

int produce(const session& in, const produce_arguments& wanted) {
  producing all(in, wanted);
  input from = of_option("FILE", [&] { return input(wanted.file, in.stop()); });
  session::reach(in.producer().first);
  in.heed_stop();
  return all.run(from);
}

}  // namespace

void declare_produce(CLI::App& app, session& in) {
  auto* verb = app.add_subcommand("produce", "send records: a line each, from standard input or a file");
  const auto wanted = std::make_shared<produce_arguments>();
  verb->add_option("TOPIC", wanted->topic, "where to")->required();
  verb->add_option("FILE", wanted->file, "what to send; - is standard input")->capture_default_str();
  verb->add_option("-k,--key", wanted->key, "the key of every record that has none");
  auto* delimiter =
      verb->add_option("-K,--key-delimiter", wanted->delimiter, "splits each line into key and value");
  verb->add_option("-H,--header", wanted->headers, "a header of every record that has none")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  verb->add_option("-p,--partition", wanted->partition, "the partition (default: by key, or spread)")
      ->check(at_least(0));
  verb->add_option("--ts", wanted->time,
                   "the timestamp of every record: 2026-01-31T12:00, -1h, now, or milliseconds")
      ->type_name("TIME");
  add_choice(*verb, "-z,--compress", wanted->codec,
             {{"none", Codec::none},
              {"gzip", Codec::gzip},
              {"snappy", Codec::snappy},
              {"lz4", Codec::lz4},
              {"zstd", Codec::zstd}},
             "the codec");
  auto* form = add_choice(*verb, "-F,--form", wanted->form,
                          {{"line", input_form::line},
                           {"json", input_form::json},
                           {"csv", input_form::csv},
                           {"raw", input_form::raw}},
                          "line: a record a line; json: what consume prints, but for where it was; csv: the "
                          "first row names the columns key, value, timestamp, header.NAME; raw: one record");
  verb->add_option("-f,--format", wanted->format,
                   "lines as consume -f prints them: %k %v %h %T %p with text between, as in '%k\\t%v'")
      ->excludes(form)
      ->excludes(delimiter);
  verb->add_flag("-Z,--empty-is-null", wanted->empty_is_null, "send null for an empty key or value");
  verb->callback([&in, wanted] { in.run = [&in, wanted] { return produce(in, *wanted); }; });
}

}  // namespace klamm::cli
