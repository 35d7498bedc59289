#pragma once
/// Everything a program needs to be a node: `#include <beamnode/beamnode.hpp>`.

#include <beamnode/node/agent.hpp>
#include <beamnode/node/async.hpp>
#include <beamnode/node/gen_event.hpp>
#include <beamnode/node/gen_server.hpp>
#include <beamnode/node/gen_statem.hpp>
#include <beamnode/node/io.hpp>
#include <beamnode/node/node.hpp>
#include <beamnode/node/requests.hpp>
#include <beamnode/node/supervisor.hpp>
