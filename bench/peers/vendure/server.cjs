// Vendure as its documentation says to run it: production mode, a job queue in the database, a worker of its own and
// one server process a core. Every check that a checkout does not need for a coupon is turned off, in its favour.
const cluster = require('node:cluster');
const {
    bootstrap,
    bootstrapWorker,
    configureDefaultOrderProcess,
    defaultPromotionActions,
    defaultPromotionConditions,
    DefaultJobQueuePlugin,
    DefaultLogger,
    dummyPaymentHandler,
    LogLevel,
} = require('@vendure/core');

const [role, socketFolder, database, user, port, servers] = process.argv.slice(2);

const config = {
    apiOptions: { port: Number(port), hostname: '127.0.0.1', adminApiPath: 'admin-api', shopApiPath: 'shop-api' },
    authOptions: {
        tokenMethod: ['bearer'],
        superadminCredentials: { identifier: 'bench', password: 'bench' },
        requireVerification: false,
    },
    dbConnectionOptions: {
        type: 'postgres',
        host: socketFolder,
        port: 5432,
        username: user,
        database,
        synchronize: role === 'schema',
        logging: false,
        // The pool of each server; the default of `pg`, said aloud.
        extra: { max: 10 },
    },
    orderOptions: {
        process: [
            configureDefaultOrderProcess({
                arrangingPaymentRequiresCustomer: false,
                arrangingPaymentRequiresShipping: false,
                arrangingPaymentRequiresStock: false,
            }),
        ],
    },
    paymentOptions: { paymentMethodHandlers: [dummyPaymentHandler] },
    promotionOptions: { promotionConditions: defaultPromotionConditions, promotionActions: defaultPromotionActions },
    plugins: [DefaultJobQueuePlugin],
    logger: new DefaultLogger({ level: LogLevel.Warn, timestamp: false }),
};

async function start() {
    if (role === 'schema') {
        const app = await bootstrap(config);
        await app.close();
        process.exit(0);
    }
    if (role === 'worker') {
        const worker = await bootstrapWorker(config);
        await worker.startJobQueue();
        return;
    }
    if (cluster.isPrimary) {
        for (let one = 0; one < Number(servers); one += 1) {
            cluster.fork();
        }
        // A server that ends is told of, not quietly replaced: it would be in the figures.
        cluster.on('exit', () => process.exit(1));
        return;
    }
    await bootstrap(config);
}

start().catch((error) => {
    console.error(error);
    process.exit(1);
});
