// The whole SDK but its Asio tokens (klamm/asio.hpp).
#pragma once

#include <klamm/admin.hpp>
#include <klamm/consumer.hpp>
#include <klamm/error.hpp>
#include <klamm/metrics.hpp>
#include <klamm/options.hpp>
#include <klamm/producer.hpp>
#include <klamm/record.hpp>
#include <klamm/records.hpp>
#include <klamm/types.hpp>
