"""The pause between two tries, for both clients."""

import asyncio
import time

async_sleep = asyncio.sleep
sleep = time.sleep
